import { z } from 'zod'
import { duration, section } from '../schema/fields.js'
import { defineOperation } from './operation.js'
import { targetFields, targetOf } from './target.js'

/** `spec.suspend` of a CronJob or Job. */
export const suspend = defineOperation({
  op: 'suspend',
  schema: section({
    op: z.literal('suspend'),
    at: duration().describe('When.'),
    ...targetFields(['CronJob', 'Job']),
    suspended: z.boolean().default(true).describe('`false` lets it go on.'),
  }).describe('Suspends a CronJob or Job, or lets it go on.'),
  translate(entry, path, assembly) {
    const { at, suspended } = entry
    assembly.operate({ op: 'suspend', at, ...targetOf(entry, path, assembly), suspended })
  },
})
