import type { CommandModule } from 'yargs'
import { type RunArguments, withRunOptions } from '../run-options.js'

export const compare: CommandModule<object, RunArguments> = {
  command: 'compare <file>',
  describe: 'Run the variants of a scenario on the same arrivals, side by side',
  builder: argv =>
    withRunOptions(argv)
      .example('$0 compare my.yaml', 'every variant')
      .example('$0 compare my.yaml --variant spread,pack', 'two of them')
      .example('$0 compare my.yaml --seed 7', 'the same, with other random draws for all'),
  handler: async args => {
    const { runSession } = await import('../run-session.js')
    process.exitCode = await runSession(args, { atLeast: 2 })
  },
}
