import type { CommandModule } from 'yargs'
import { type RunArguments, withRunOptions } from '../run-options.js'

export const run: CommandModule<object, RunArguments> = {
  command: 'run <file>',
  describe: 'Run a scenario and write its results',
  builder: argv =>
    withRunOptions(argv)
      .example('$0 run my.yaml', 'all variants, results in out/<scenario>')
      .example('$0 run my.yaml --seed 2 --out out/second', 'other random draws, kept apart')
      .example('$0 run my.yaml --set scheduler.tieBreak=first', 'change one field')
      .example('$0 run my.yaml --until 1h --report none', 'a quick look: nothing is written'),
  handler: async args => {
    const { runSession } = await import('../run-session.js')
    process.exitCode = await runSession(args)
  },
}
