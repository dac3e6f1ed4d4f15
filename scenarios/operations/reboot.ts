import { z } from 'zod'
import { timeDistribution } from '../schema/distribution.js'
import { duration, integer, section } from '../schema/fields.js'
import { afterFailedDrain, drainFields, drainSettings } from './drain-settings.js'
import { chosenNodes, nodeChoice } from './node-choice.js'
import { defineOperation } from './operation.js'

/** Machines that go down and come back. */
export const reboot = defineOperation({
  op: 'reboot',
  schema: section({
    op: z.literal('reboot'),
    at: duration().describe('When.'),
    ...nodeChoice(),
    downFor: timeDistribution()
      .prefault({ constant: { value: '60s' } })
      .describe('From power off until the kubelet starts.'),
    parallel: integer(0).default(1).describe('So many nodes at once; 0: all.'),
    pause: duration().prefault('0s').describe('From a node being Ready again until the next goes down.'),
    drain: section(drainFields()).optional().describe('Drains each node before; absent: nobody is evicted.'),
    afterFailedDrain: afterFailedDrain(),
  }).describe('Reboots nodes: they shut down as their kubelets are configured to, and start again.'),
  translate(entry, path, assembly) {
    const { at, downFor, parallel, pause, drain, afterFailedDrain: afterwards } = entry
    assembly.operate({
      op: 'reboot',
      at,
      ...chosenNodes(entry, path, assembly),
      downFor,
      parallel: parallel === 0 ? Number.POSITIVE_INFINITY : parallel,
      pause,
      ...(drain === undefined ? {} : { drain: drainSettings(drain, [...path, 'drain'], assembly) }),
      afterFailedDrain: afterwards,
    })
  },
})
