import { SECOND } from '../../engine/kernel/time.js'
import type { SimulationModel } from '../../engine/model/simulation-model.js'
import { RECORD_NAMES } from '../../engine/record/record-names.js'
import { arrivals, model, pool, template } from './model.js'

/**
 * A run in which everything happens that the components can do: two pools in three zones, pods of four shapes that
 * arrive faster than they can be bound, finish, are deleted early, wait for room, and nodes that are cordoned.
 */
export function determinismModel(seed: string): SimulationModel {
  return model({
    seed,
    nodes: 6,
    nodePools: [
      pool('small', { zones: ['a', 'b', 'c'] }),
      pool('large', { milliCPU: 16_000, zones: ['a', 'b'], labels: { size: 'large' } }),
    ],
    podTemplates: [
      template('500m', '512Mi'),
      template('1500m', '1Gi', { nodeSelector: { size: 'large' } }),
      template('3', '4Gi'),
      template('100m', '64Mi', { priority: 100 }),
    ],
    traces: [
      arrivals(400, SECOND / 2, 90 * SECOND, { template: i => i % 4 }),
      {
        ...arrivals(100, SECOND, 500 * SECOND, { deletedAfter: 45 * SECOND }),
        name: 'short',
        namespace: 'other',
      },
    ],
    operations: [
      { op: 'cordon', at: 30 * SECOND, nodes: ['node-0-1', 'node-1-2'] },
      { op: 'uncordon', at: 90 * SECOND, nodes: ['node-0-1', 'node-1-2'] },
    ],
    measure: { interval: 10 * SECOND, records: RECORD_NAMES },
  })
}
