import { z } from 'zod'
import { duration, integer, objectName, section } from '../schema/fields.js'
import { defineOperation } from './operation.js'

/** More nodes of a pool; their numbers go on where the pool left off. */
export const createNodes = defineOperation({
  op: 'createNodes',
  schema: section({
    op: z.literal('createNodes'),
    at: duration().describe('When.'),
    pool: objectName().describe('A pool of `nodes`.'),
    count: integer(1).default(1).describe('How many.'),
  }).describe('Adds nodes of a pool.'),
  translate({ at, pool: name, count }, path, assembly) {
    const pool = assembly.poolIndex(name, [...path, 'pool'])
    if (pool !== undefined && assembly.groupPools.has(pool)) {
      assembly.fault([...path, 'pool'], `"${name}" is a node group, whose nodes the autoscaler adds`)
    } else if (pool !== undefined) assembly.createNodes(at, pool, assembly.nextNodeNames(pool, count), path)
  },
})
