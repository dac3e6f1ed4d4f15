import { z } from 'zod'
import { duration, integer, section } from '../schema/fields.js'
import { defineOperation } from './operation.js'
import { targetFields, targetOf } from './target.js'

/** Another number of replicas. */
export const scale = defineOperation({
  op: 'scale',
  schema: section({
    op: z.literal('scale'),
    at: duration().describe('When.'),
    ...targetFields(['Deployment', 'ReplicaSet', 'ReplicationController', 'StatefulSet']),
    replicas: integer(0, 10_000_000).describe('How many pods it is to have.'),
  }).describe('Sets the replicas of a workload through its scale subresource.'),
  translate(entry, path, assembly) {
    const { at, replicas } = entry
    assembly.operate({ op: 'scale', at, ...targetOf(entry, path, assembly), replicas })
  },
})
