import { allocatableAmounts, kubeletConfig, type NodePool, type StaticPod } from '../engine/index.js'
import type { Assembly } from './assembly.js'
import { fullTemplate } from './operations/create-pods.js'
import type { Path } from './path.js'
import { kubeletAnnotationsOf } from './schema/kubelet-config.js'
import type { ScenarioSections } from './schema.js'

const DEFAULT_MAX_PODS = 110

type Machines = Pick<
  ScenarioSections['nodes'][number],
  | 'name'
  | 'labels'
  | 'taints'
  | 'images'
  | 'capacity'
  | 'allocatable'
  | 'kubelet'
  | 'staticPods'
  | 'price'
  | 'spot'
>

/** What the nodes of a pool or group are like. */
export function nodePool(written: Machines, path: Path, assembly: Assembly): NodePool {
  const { name, labels, taints, images, price, spot } = written
  const capacity = { pods: DEFAULT_MAX_PODS, ...written.capacity }
  const annotations = written.kubelet === undefined ? undefined : kubeletAnnotationsOf(written.kubelet)
  const config = kubeletConfig(annotations ?? {})
  const left = config === undefined ? capacity : allocatableAmounts(capacity, config)
  const allocatable =
    written.allocatable === undefined ? left : { pods: capacity.pods, ...written.allocatable }
  for (const resource of ['cpu', 'memory'] as const) {
    if (written.capacity[resource] === undefined) {
      assembly.fault([...path, 'capacity'], `"${resource}" is missing`)
    }
  }
  const tooSmall = written.capacity['memory'] < 1024 * 1024
  if (tooSmall) {
    const message = `${written.capacity['memory']} bytes of memory: is the unit missing? Write for example 16Gi`
    assembly.fault([...path, 'capacity', 'memory'], message)
  }
  const cost = price === undefined ? {} : { pricePerHour: price, spot }
  const pool = { name, labels, taints, unschedulable: false, capacity, allocatable, zones: [], images }
  const staticPods = staticPodsOf(written.staticPods, path, assembly)
  return {
    ...pool,
    ...(annotations === undefined ? {} : { annotations }),
    ...(staticPods.length === 0 ? {} : { staticPods }),
    ...cost,
  }
}

function staticPodsOf(written: Machines['staticPods'], path: Path, assembly: Assembly): StaticPod[] {
  const pods: StaticPod[] = []
  for (const [i, { name, namespace, template }] of written.entries()) {
    const index = fullTemplate(template, { name, namespace }, [...path, 'staticPods', i], assembly)
    if (index !== undefined) pods.push({ name, namespace, ...assembly.podTemplates[index] })
  }
  return pods
}
