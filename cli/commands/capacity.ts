import type { CommandModule } from 'yargs'
import { LABORATORY_OPTIONS } from '../experiment-options.js'
import type { CapacityArguments } from '../question-session.js'

export const capacity: CommandModule<object, CapacityArguments> = {
  command: 'capacity <scenario>',
  describe: 'Find the fewest nodes, or the cheapest mix, that meet objectives with confidence',
  builder: argv =>
    argv
      .positional('scenario', { type: 'string', demandOption: true, describe: 'Scenario file (YAML)' })
      .options(LABORATORY_OPTIONS)
      .options({
        knob: {
          type: 'string',
          array: true,
          nargs: 1,
          default: [] as readonly string[],
          describe: 'A node pool with its bounds and the cost of a node: worker=1..50@3.5; may be repeated',
        },
        require: {
          type: 'string',
          array: true,
          nargs: 1,
          default: [] as readonly string[],
          describe: 'An objective such as "wait_p99_s <= 30s"; may be repeated, and all have to hold',
        },
        confidence: { type: 'number', default: 0.95, describe: 'Share of certainty for each objective' },
      })
      .example('$0 capacity my.yaml --knob worker=1..50 --require "wait_p99_s <= 30s"', 'fewest nodes')
      .example(
        '$0 capacity my.yaml --knob small=0..20@1 --knob large=0..9@3.5 --require "pods_never_scheduled == 0"',
        'cheapest mix',
      ),
  handler: async args => {
    const { capacitySession } = await import('../question-session.js')
    process.exitCode = await capacitySession(args)
  },
}
