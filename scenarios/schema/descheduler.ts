/** The section of a scenario about the descheduler. */
import { z } from 'zod'
import { DESCHEDULING_INTERVAL } from '../../engine/index.js'
import { durationOr, filePath, plainText, section } from './fields.js'

export const deschedulerSchema = section({
  interval: durationOr(DESCHEDULING_INTERVAL, { positive: true }).describe('Time between two passes.'),
  schedule: plainText()
    .optional()
    .describe('Cron schedule of the passes, in UTC, instead of the interval: as its CronJob has it.'),
  policy: z
    .record(z.string(), z.unknown())
    .optional()
    .describe('A DeschedulerPolicy (descheduler/v1alpha2): profiles, limits.'),
  configuration: filePath().optional().describe('The policy as a file instead.'),
})
