import type { CommandModule } from 'yargs'
import { type ExperimentArguments, withExperimentOptions } from '../experiment-options.js'

export const experiment: CommandModule<object, ExperimentArguments> = {
  command: 'experiment <file>',
  describe: 'Run every variant of an experiment many times and say what can be told from it',
  builder: argv =>
    withExperimentOptions(argv)
      .example('$0 experiment my.yaml --plan', 'every run, before anything runs')
      .example('$0 experiment my.yaml', 'run it; killed and started again it goes on where it was')
      .example('$0 experiment my.yaml --set policy=a,b', 'two values of the axis policy')
      .example('$0 experiment my.yaml --shard 1/4', 'a quarter of the runs, for one of four machines'),
  handler: async args => {
    const { experimentSession } = await import('../experiment-session.js')
    process.exitCode = await experimentSession(args)
  },
}
