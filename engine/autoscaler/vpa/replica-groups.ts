/**
 * How many pods of each replica group may be disturbed at once, by evictions and resizes together.
 * Upstream: vertical-pod-autoscaler/pkg/updater/restriction/pods_restriction_factory.go (VPA 1.8.1),
 * `--in-place-skip-disruption-budget` off.
 * Simplified: nothing known.
 */
import { type ManagedPod, type ResizeCondition } from './managed-pod.js'

/** The replicas a controller is configured to have; undefined when it has none or does not exist. */
export type ConfiguredReplicas = (
  namespace: string,
  owner: { kind: string; name: string },
) => number | undefined

export class ReplicaGroup {
  readonly #configured: number
  readonly #tolerance: number
  readonly #running: number
  /** Evicted, or resized, since the group was counted. */
  #disturbed = 0

  constructor(configured: number, evictionTolerance: number, running: number) {
    this.#configured = configured
    this.#tolerance = Math.trunc(configured * evictionTolerance)
    this.#running = running
  }

  /** More may be missing than are; or, if the tolerance is too small for any, one while all are running. */
  get isDisruptable(): boolean {
    if (this.#running - this.#disturbed > this.#configured - this.#tolerance) return true
    return this.#tolerance === 0 && this.#disturbed === 0 && this.#running === this.#configured
  }

  disturb(): void {
    this.#disturbed++
  }
}

/** Groups of an autoscaler's live pods; pods of groups that are too small, or have no controller, have none. */
export function replicaGroups(
  pods: readonly ManagedPod[],
  configuredReplicas: ConfiguredReplicas,
  minReplicas: number,
  evictionTolerance: number,
): Map<ManagedPod, ReplicaGroup> {
  const members = new Map<string, ManagedPod[]>()
  for (const pod of pods) {
    const { namespace, controller } = pod
    if (controller === undefined) continue
    const key = `${namespace}/${controller.kind}/${controller.name}`
    const known = members.get(key)
    if (known === undefined) members.set(key, [pod])
    else known.push(pod)
  }
  const groups = new Map<ManagedPod, ReplicaGroup>()
  for (const replicas of members.values()) {
    if (replicas.length < minReplicas) continue
    const [{ namespace, controller = { kind: '', name: '' } }] = replicas
    // A Job is configured to have what it has.
    const configured = controller.kind === 'Job' ? replicas.length : configuredReplicas(namespace, controller)
    if (configured === undefined || configured === 0) continue
    const running = replicas.filter(({ phase }) => phase !== 'Pending').length
    const group = new ReplicaGroup(configured, evictionTolerance, running)
    for (const pod of replicas) groups.set(pod, group)
  }
  return groups
}

/** The first condition about a resize decides. */
export function isResizing({ conditions }: ManagedPod): boolean {
  const first = conditions.find(({ type }) => type === 'PodResizePending' || type === 'PodResizeInProgress')
  return first?.status === 'True'
}

export function resizeCondition({ conditions }: ManagedPod, type: string): ResizeCondition | undefined {
  return conditions.find(condition => condition.type === type)
}
