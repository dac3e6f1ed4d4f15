import type { CommandModule } from 'yargs'
import { LABORATORY_OPTIONS, metricOption } from '../experiment-options.js'
import type { WhatIfArguments } from '../question-session.js'

export const whatIf: CommandModule<object, WhatIfArguments> = {
  command: 'what-if <scenario> [patch]',
  describe: 'Compare a scenario with itself after a change, run by run on the same arrivals and failures',
  builder: argv =>
    argv
      .positional('scenario', { type: 'string', demandOption: true, describe: 'Scenario file (YAML)' })
      .positional('patch', { type: 'string', describe: 'File with changes, in the form of a scenario' })
      .options(LABORATORY_OPTIONS)
      .options({
        change: {
          type: 'string',
          array: true,
          nargs: 1,
          default: [] as readonly string[],
          describe: 'path=value; may be repeated',
        },
        metric: metricOption(),
      })
      .example('$0 what-if my.yaml --change scheduler.profile=most-allocated', 'another policy')
      .example('$0 what-if my.yaml patch.yaml --metric wait_p99_s', 'changes from a file'),
  handler: async args => {
    const { whatIfSession } = await import('../question-session.js')
    process.exitCode = await whatIfSession(args)
  },
}
