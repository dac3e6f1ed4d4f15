import type { CommandModule } from 'yargs'
import { LABORATORY_OPTIONS, metricOption } from '../experiment-options.js'
import type { SweepArguments } from '../question-session.js'

export const sweep: CommandModule<object, SweepArguments> = {
  command: 'sweep <scenario>',
  describe: 'Turn one knob of a scenario through several values, and draw what becomes of the metrics',
  builder: argv =>
    argv
      .positional('scenario', { type: 'string', demandOption: true, describe: 'Scenario file (YAML)' })
      .options(LABORATORY_OPTIONS)
      .options({
        knob: {
          type: 'string',
          demandOption: true,
          describe: 'A node pool or a path with its values: worker=10..50/10, or path=a,b,c',
        },
        metric: metricOption(),
      })
      .example('$0 sweep my.yaml --knob worker=10..50/10 --metric wait_p99_s', 'waits against nodes')
      .example('$0 sweep my.yaml --knob timeline.0.every=1s,2s,5s', 'any field of the scenario'),
  handler: async args => {
    const { sweepSession } = await import('../question-session.js')
    process.exitCode = await sweepSession(args)
  },
}
