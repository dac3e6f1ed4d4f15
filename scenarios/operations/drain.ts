import { z } from 'zod'
import { duration, integer, section } from '../schema/fields.js'
import { drainFields, drainSettings } from './drain-settings.js'
import { chosenNodes, nodeChoice } from './node-choice.js'
import { defineOperation } from './operation.js'

/** `kubectl drain`. */
export const drain = defineOperation({
  op: 'drain',
  schema: section({
    op: z.literal('drain'),
    at: duration().describe('When.'),
    ...nodeChoice(),
    ...drainFields(),
    cordonAllFirst: z
      .boolean()
      .default(true)
      .describe('Whether all nodes are cordoned before the first one is drained, as kubectl does.'),
    parallel: integer(1)
      .default(1)
      .describe('So many nodes at once, as when several people drain; kubectl takes one after another.'),
  }).describe('Cordons nodes and evicts their pods, one node after another.'),
  translate(entry, path, assembly) {
    const { at, cordonAllFirst, parallel } = entry
    assembly.operate({
      op: 'drain',
      at,
      ...chosenNodes(entry, path, assembly),
      ...drainSettings(entry, path, assembly),
      cordonAllFirst,
      ...(parallel === 1 ? {} : { parallel }),
    })
  },
})
