/**
 * The pods of each PodGroup, as the scheduler has heard of them: waiting, on their way, and running ones; finished pods
 * do not count.
 *
 * Upstream: pkg/scheduler/backend/podgroupmanager (1.36), behind the gates GenericWorkload and GangScheduling.
 * Simplified: groups of groups are left out.
 */
import type { PodSpec } from '../../model/pod-spec.js'
import type { NamespaceId, PodId } from '../../state/ids.js'
import type { Snapshot } from '../framework/snapshot.js'

const NOBODY: ReadonlySet<PodId> = new Set()

export class PodGroups {
  readonly #snapshot: Snapshot
  readonly #members = new Map<string, Set<PodId>>()
  /** The set a pod is in. */
  readonly #kept = new Map<PodId, Set<PodId>>()

  constructor(snapshot: Snapshot) {
    this.#snapshot = snapshot
  }

  add(pod: PodId): void {
    if (this.#kept.has(pod)) return
    const name = groupNameOf(this.#specOf(pod))
    if (name === undefined) return
    const key = `${this.namespaceOf(pod)}/${name}`
    let members = this.#members.get(key)
    if (members === undefined) {
      members = new Set()
      this.#members.set(key, members)
    }
    members.add(pod)
    this.#kept.set(pod, members)
  }

  remove(pod: PodId): void {
    this.#kept.get(pod)?.delete(pod)
    this.#kept.delete(pod)
  }

  /** In the order in which they were heard of. */
  membersOf(namespace: string, name: string): ReadonlySet<PodId> {
    return this.#members.get(`${namespace}/${name}`) ?? NOBODY
  }

  namespaceOf(pod: PodId): string {
    const { pods, namespaces } = this.#snapshot.state
    return namespaces.get(pods.namespace[pod] as NamespaceId)
  }

  #specOf(pod: PodId): PodSpec {
    const { pods, templates } = this.#snapshot.state
    return templates.get(pods.templateOf(pod)).spec
  }
}

/** The group a pod names; undefined for a pod on its own. */
export function groupNameOf(spec: PodSpec): string | undefined {
  return spec.schedulingGroup?.podGroupName
}

const groupsBySnapshot = new WeakMap<Snapshot, PodGroups>()

/** The groups of one scheduler, however many of its profiles ask. */
export function podGroupsOf(snapshot: Snapshot): PodGroups {
  let groups = groupsBySnapshot.get(snapshot)
  if (groups === undefined) {
    groups = new PodGroups(snapshot)
    groupsBySnapshot.set(snapshot, groups)
  }
  return groups
}
