import { z } from 'zod'
import { FAILURE_MODELS } from '../../engine/index.js'
import { timeDistribution } from '../schema/distribution.js'
import { epochSecondsOf } from '../schema/epoch.js'
import {
  addFaults,
  duration,
  filePath,
  integer,
  labels,
  list,
  namespace,
  objectName,
  plainText,
  section,
} from '../schema/fields.js'

const recordedTime = plainText().check(payload => {
  if (epochSecondsOf(payload.value) !== undefined) return
  const message = `${JSON.stringify(payload.value)} is no RFC 3339 time such as 2003-01-01T00:00:00Z`
  addFaults(payload, payload.value, [{ path: [], message }])
})

/** One entry of `failures`. */
export const failureSchema = section({
  name: objectName().optional().describe('Name in records and of its random stream; the model unless given.'),
  model: plainText().describe(`What happens: ${FAILURE_MODELS.map(({ name }) => `\`${name}\``).join(', ')}.`),
  args: z.record(z.string(), z.unknown()).default({}).describe('Arguments of the model.'),
  nodes: section({
    pools: list(plainText()).default([]).describe('Node pools; none: all nodes.'),
    labels: labels().prefault({}).describe('Labels that the nodes have.'),
  })
    .optional()
    .describe('Each of these nodes fails by itself.'),
  domain: plainText()
    .optional()
    .describe('Label key: all nodes with one value fail at once, such as `topology.kubernetes.io/zone`.'),
  pods: section({
    namespace: namespace().default('default').describe('Their namespace.'),
    selector: plainText().default('').describe('Label selector as kubectl writes it.'),
  })
    .optional()
    .describe('Each of these pods fails by itself.'),
  every: timeDistribution().optional().describe('Time from being well to the next failure.'),
  lasts: timeDistribution()
    .prefault({ constant: { value: 0 } })
    .describe('Time until it is mended.'),
  minimum: duration().prefault('1s').describe('No state, failed or well, lasts less.'),
  at: list(duration()).optional().describe('Fixed times instead of `every`.'),
  schedule: plainText()
    .optional()
    .describe('Cron schedule (UTC) instead of `every`; needs the `duration` of the scenario.'),
  pick: integer(0).default(1).describe('With `at` or `schedule`: so many random subjects each time; 0: all.'),
  recorded: section({
    format: z.enum(['outages', 'lanl']).default('outages').describe('`outages`: machine, start_s, down_s.'),
    file: filePath().describe('CSV file, relative to the scenario; may be gzipped.'),
    system: plainText().optional().describe('With `lanl`: the system of which the nodes are.'),
    from: recordedTime.optional().describe('Time in the file that is virtual time 0; unless given 1970.'),
  })
    .optional()
    .describe('Recorded outages instead of `every`: the i-th machine of the file is the i-th subject.'),
})
