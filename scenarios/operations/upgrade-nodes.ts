import { z } from 'zod'
import { Rounding, resolveIntOrPercent } from '../../engine/index.js'
import { timeDistribution } from '../schema/distribution.js'
import { duration, labels, plainText, section } from '../schema/fields.js'
import { afterFailedDrain, drainFields, drainSettings } from './drain-settings.js'
import { chosenNodes, nodeChoice } from './node-choice.js'
import { defineOperation } from './operation.js'

function numberOrShare() {
  return z
    .union([z.number(), z.string()], {
      error: () => 'expected a number of nodes such as 3, or a share such as "10%"',
    })
    .check(payload => {
      const { value } = payload
      const read = resolveIntOrPercent(value, 100, Rounding.Down)
      if (read !== undefined && Number.isInteger(read) && read >= 0) return
      const message = `${JSON.stringify(value)} is neither a number of nodes nor a share such as "10%"`
      payload.issues.push({ code: 'custom', message, input: value })
    })
}

/** A rolling upgrade of nodes. */
export const upgradeNodes = defineOperation({
  op: 'upgradeNodes',
  schema: section({
    op: z.literal('upgradeNodes'),
    at: duration().describe('When.'),
    ...nodeChoice(),
    replace: z
      .boolean()
      .default(true)
      .describe('Whether nodes are replaced by new ones, or come back themselves.'),
    maxSurge: numberOrShare().default(1).describe('New nodes beyond those there are; a share rounds up.'),
    maxUnavailable: numberOrShare().default(0).describe('Nodes that may be missing; a share rounds down.'),
    orderBy: plainText()
      .optional()
      .describe('Label key, such as `topology.kubernetes.io/zone`: all nodes of one value before the next.'),
    version: plainText().optional().describe('Version of their kubelets afterwards.'),
    labels: labels().prefault({}).describe('Labels added to upgraded nodes.'),
    bootTime: timeDistribution()
      .prefault({ constant: { value: '60s' } })
      .describe('Of a new node: from the request until it registers.'),
    downFor: timeDistribution()
      .prefault({ constant: { value: '60s' } })
      .describe('Of a node that comes back: from power off until its kubelet starts.'),
    pause: duration().prefault('0s').describe('After each node.'),
    pauseBetweenGroups: duration().prefault('0s').describe('After all nodes of one value of `orderBy`.'),
    drain: section(drainFields()).prefault({}).describe('How nodes are drained.'),
    afterFailedDrain: afterFailedDrain(),
  }).describe('Drains nodes and replaces them, or lets them come back changed, so many at once.'),
  translate(entry, path, assembly) {
    const { at, orderBy, version, drain, op: _op, ...rest } = entry
    const { replace, maxSurge, maxUnavailable, labels: added, bootTime, downFor } = rest
    assembly.operate({
      op: 'upgrade-nodes',
      at,
      ...chosenNodes(entry, path, assembly),
      replace,
      maxSurge,
      maxUnavailable,
      ...(orderBy === undefined ? {} : { orderBy }),
      ...(version === undefined ? {} : { version }),
      labels: added,
      bootTime,
      downFor,
      pause: rest.pause,
      pauseBetweenGroups: rest.pauseBetweenGroups,
      drain: drainSettings(drain, [...path, 'drain'], assembly),
      afterFailedDrain: rest.afterFailedDrain,
    })
  },
})
