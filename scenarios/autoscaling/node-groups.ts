import type { z } from 'zod'
import type { ClusterAutoscalerModel, NodeGroupSettings, NodePool } from '../../engine/index.js'
import type { Assembly } from '../assembly.js'
import type { Item } from '../validate.js'
import type { clusterAutoscalerSchema, nodeGroupSchema } from './schema.js'

export type NodeGroupEntry = z.output<typeof nodeGroupSchema>
export type AutoscalerSection = z.output<typeof clusterAutoscalerSchema>

/** The groups as pools with their first nodes, and what scales them; undefined when there are none. */
export function autoscalerModel(
  groups: readonly Item<NodeGroupEntry>[],
  section: AutoscalerSection | undefined,
  poolOf: (entry: NodeGroupEntry, index: number) => NodePool,
  assembly: Assembly,
): ClusterAutoscalerModel | undefined {
  if (groups.length === 0 || section === undefined) return undefined
  const settings: NodeGroupSettings[] = []
  for (const { index, value } of groups) {
    const path = ['nodeGroups', index]
    const pool = assembly.addPool(poolOf(value, index), path)
    if (pool === undefined) continue
    const { min, max, initial = min, quota, bootTime, readyDelay, shutdownTime } = value
    const { stockoutShare, lostShare, refusalDelay } = value
    assembly.groupPools.add(pool)
    assembly.createNodes(0, pool, assembly.nextNodeNames(pool, initial), [...path, 'name'])
    settings.push({
      pool,
      minSize: min,
      maxSize: max,
      initialSize: initial,
      provisioning: {
        bootTime,
        readyDelay,
        shutdownTime,
        quota: quota ?? Number.POSITIVE_INFINITY,
        stockoutShare,
        lostShare,
        refusalDelay,
      },
    })
  }
  const { expander, ...flags } = section
  return { settings: { ...flags, expanders: expander }, groups: settings }
}
