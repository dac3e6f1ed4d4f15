import { z } from 'zod'
import { timeDistribution } from '../schema/distribution.js'
import { duration, integer, section, taints } from '../schema/fields.js'
import { drainFields, drainSettings } from './drain-settings.js'
import { chosenNodes, nodeChoice } from './node-choice.js'
import { defineOperation } from './operation.js'

const lossFields = () => ({
  nodeObject: z
    .enum(['cloud', 'with-machine'])
    .default('cloud')
    .describe(
      'Who deletes the Node object: the cloud once the node is not Ready, or whoever took the machine, at once.',
    ),
  replacedAfter: timeDistribution()
    .optional()
    .describe('Until a machine like it registers; absent: only a node group asks for another one.'),
})

/** Spot machines that the cloud takes back. */
export const reclaimNodes = defineOperation({
  op: 'reclaimNodes',
  schema: section({
    op: z.literal('reclaimNodes'),
    at: duration().describe('When the notice is given.'),
    ...nodeChoice(),
    pick: integer(0).default(0).describe('So many of them at random; 0: all.'),
    notice: duration().prefault('2m').describe('From the notice until the power goes.'),
    handler: z
      .boolean()
      .default(true)
      .describe('Whether a termination handler cordons and drains the nodes meanwhile.'),
    taint: taints().prefault([]).describe('What the handler taints them with; one taint at most.'),
    drain: section(drainFields())
      .prefault({})
      .describe('How the handler drains; never longer than the notice.'),
    ...lossFields(),
  }).describe('The cloud takes machines back after a notice, as it does with spot machines.'),
  translate(entry, path, assembly) {
    const { at, pick, notice, handler, taint, drain, nodeObject, replacedAfter } = entry
    if (taint.length > 1) assembly.fault([...path, 'taint', 1], 'there is one taint at most')
    assembly.operate({
      op: 'reclaim-nodes',
      at,
      ...chosenNodes(entry, path, assembly),
      pick,
      notice,
      isHandled: handler,
      ...(taint.length === 0 ? {} : { taint: taint[0] }),
      drain: drainSettings(drain, [...path, 'drain'], assembly),
      removal: nodeObject,
      ...(replacedAfter === undefined ? {} : { replacedAfter }),
    })
  },
})

/** Machines that the cloud takes away. */
export const terminateNodes = defineOperation({
  op: 'terminateNodes',
  schema: section({
    op: z.literal('terminateNodes'),
    at: duration().describe('When.'),
    ...nodeChoice(),
    graceful: z
      .boolean()
      .default(true)
      .describe('Whether machines shut down as their kubelets are configured to, or lose their power.'),
    ...lossFields(),
  }).describe('The cloud takes machines away without a notice, and deletes their nodes.'),
  translate(entry, path, assembly) {
    const { at, graceful, nodeObject, replacedAfter } = entry
    assembly.operate({
      op: 'terminate-nodes',
      at,
      ...chosenNodes(entry, path, assembly),
      isGraceful: graceful,
      removal: nodeObject,
      ...(replacedAfter === undefined ? {} : { replacedAfter }),
    })
  },
})
