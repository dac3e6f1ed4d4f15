/**
 * What failures can do behind the API server's back; the composition root ties it to the components.
 *
 * Upstream: what happens to real machines and processes; no file of Kubernetes.
 * Simplified: nothing known.
 */
import type { NodeConditionType } from '../model/node-conditions.js'
import type { ReclaimSettings } from '../model/node-operations.js'
import type { Growth } from '../model/pod-usage.js'
import type { NodeId, PodId, Status } from '../state/ids.js'

/** Parts of the control plane that can be down. */
export const Component = {
  ApiServer: 'api-server',
  Scheduler: 'scheduler',
  ControllerManager: 'controller-manager',
} as const
export type Component = (typeof Component)[keyof typeof Component]

/** What can be done to machines and processes behind the API server's back. */
export interface FaultPorts {
  /** The kubelet neither speaks nor hears; its containers go on. */
  silence(node: NodeId): void
  /** It is back. */
  revive(node: NodeId): void
  /** The machine goes down with everything on it. */
  crash(node: NodeId): void
  /** A machine that went down boots: its kubelet starts the containers again. */
  boot(node: NodeId): void
  /** The cloud takes the machine back after a notice. */
  reclaim(node: NodeId, settings: ReclaimSettings, by: string): void
  reportCondition(node: NodeId, type: NodeConditionType, status: Status, reason: string): void
  /** The pod's containers end with this code. */
  exitContainers(pod: PodId, exitCode: number): void
  /** Something that is no pod fills the node's disk from now on; undefined: it is cleared away. */
  fillDisk(node: NodeId, growth: Growth | undefined): void
  /** The pod uses this much more memory from now on; undefined: no more than its own. */
  leakMemory(pod: PodId, growth: Growth | undefined): void
  /** Image pulls fail, or work again. */
  cutOffRegistry(isCutOff: boolean): void
  stop(component: Component): void
  /** The component starts with empty caches. */
  start(component: Component): void
}
