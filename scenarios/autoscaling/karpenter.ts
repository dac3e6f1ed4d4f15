import type { z } from 'zod'
import {
  type InstanceTypeSettings,
  type KarpenterModel,
  type MachineSettings,
  type Manifest,
  type NodePool,
  type NodePoolSpec,
} from '../../engine/index.js'
import type { Assembly } from '../assembly.js'
import type { karpenterSchema } from './karpenter-schema.js'

export type KarpenterSection = z.output<typeof karpenterSchema>

const SECTION = 'karpenter'
const KIND = 'NodePool'
const DEFAULT_MAX_PODS = 110
const BUILT_IN_LABELS = { 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'amd64' }

/** The NodePools of the section, which are there from the start. */
export function addNodePools({ nodePools }: KarpenterSection, assembly: Assembly): void {
  for (const [i, { name, spec }] of nodePools.entries()) {
    const manifest = { apiVersion: 'karpenter.sh/v1', kind: KIND, metadata: { name }, spec }
    assembly.applyInline(0, manifest, [SECTION, 'nodePools', i])
  }
  assembly.excuse((kind, name) => kind === 'Node' && nodePools.some(pool => name.startsWith(`${pool.name}-`)))
}

/**
 * What the section says, once all NodePools of the scenario are known: their nodes are counted under pools of their
 * names.
 */
export function karpenterModel(section: KarpenterSection, assembly: Assembly): KarpenterModel {
  const { nodePools, instanceTypes: written, machines, ...settings } = section
  const pools: Record<string, number> = {}
  const manifests = assembly.appliedOfKind(KIND)
  for (const name of new Set(manifests.map(({ metadata }) => metadata.name))) {
    const i = nodePools.findIndex(pool => pool.name === name)
    const index = assembly.addPool(emptyPool(name), i < 0 ? [SECTION] : [SECTION, 'nodePools', i])
    if (index === undefined) continue
    assembly.groupPools.add(index)
    pools[name] = index
  }
  if (assembly.rawAt(['duration']) === undefined && manifests.some(doExpire)) {
    const message = 'its nodes expire and are replaced without end: give the scenario a "duration"'
    assembly.fault([SECTION], message, 'key')
  }
  const instanceTypes = written.map((type, i) => {
    if (written.findIndex(({ name }) => name === type.name) < i) {
      const message = `there is an instance type "${type.name}" already`
      assembly.fault([SECTION, 'instanceTypes', i, 'name'], message)
    }
    return instanceType(type, machines)
  })
  const labels = new Set(instanceTypes.flatMap(type => Object.keys(type.labels)))
  return { settings, instanceTypes, wellKnownLabels: [...labels], pools }
}

function instanceType(
  { name, capacity, overhead, labels, offerings, machines: own }: KarpenterSection['instanceTypes'][number],
  machines: MachineSettings,
): InstanceTypeSettings {
  return {
    name,
    labels: { ...BUILT_IN_LABELS, ...labels },
    capacity: { pods: DEFAULT_MAX_PODS, ...capacity },
    overhead,
    offerings: offerings.flatMap(({ zones, capacityType, price, available, quota, stockoutShare }) =>
      zones.map(zone => ({
        zone,
        capacityType,
        price,
        isAvailable: available,
        quota: quota ?? Number.POSITIVE_INFINITY,
        stockoutShare,
      })),
    ),
    machines: {
      bootTime: own.bootTime ?? machines.bootTime,
      readyDelay: own.readyDelay ?? machines.readyDelay,
      startupTime: own.startupTime ?? machines.startupTime,
      shutdownTime: own.shutdownTime ?? machines.shutdownTime,
      lostShare: own.lostShare ?? machines.lostShare,
    },
  }
}

function doExpire(manifest: Manifest): boolean {
  return (manifest['spec'] as NodePoolSpec).template.spec.expireAfter !== 'Never'
}

/** What its nodes are like is decided for each of them. */
function emptyPool(name: string): NodePool {
  return {
    name,
    labels: {},
    taints: [],
    unschedulable: false,
    capacity: {},
    allocatable: {},
    zones: [],
    images: {},
  }
}
