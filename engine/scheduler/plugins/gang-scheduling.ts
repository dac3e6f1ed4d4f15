/**
 * Schedules pods of a group with the gang policy all together or not at all: they wait until there are enough of them,
 * then go through one cycle, and get their nodes when at least `minCount` have one.
 *
 * Upstream: pkg/scheduler/framework/plugins/gangscheduling/gangscheduling.go, Workload API v1alpha2 (1.36). Its gates
 * are off by default; a profile that enables this plugin is the switch.
 * Simplified: the plugin's Permit is the scheduler's count of the group (pod-group-cycle.ts), so nobody waits for a
 * permit; placements by topology are left out.
 */
import type { PodGroupSpec } from '../../model/pod-groups.js'
import type { ObjectId, PodId } from '../../state/ids.js'
import { definePlugin } from '../framework/define-plugin.js'
import {
  Action,
  type ClusterEvent,
  type FrameworkHandle,
  type GroupOfPods,
  type ObjectVersion,
} from '../framework/interface.js'
import { Code, OK } from '../framework/status.js'
import { groupNameOf, podGroupsOf } from '../groups/pod-groups.js'

const KIND = 'PodGroup'

export const gangScheduling = definePlugin({
  name: 'GangScheduling',
  about: 'Schedules the pods of a PodGroup together, at least minCount of them or none.',
  args: {},
  create(handle) {
    const groups = podGroupsOf(handle.snapshot)
    const nameOf = (pod: PodId): string | undefined => groupNameOf(handle.shapeOf(pod).template.spec)
    const isOwn = (pod: PodId, version: ObjectVersion | undefined): boolean =>
      version?.name === nameOf(pod) && version?.namespace === groups.namespaceOf(pod)
    const isOfSameGroup = (pod: PodId, { pod: other }: ClusterEvent): boolean =>
      other !== undefined &&
      nameOf(pod) !== undefined &&
      nameOf(other) === nameOf(pod) &&
      groups.namespaceOf(other) === groups.namespaceOf(pod)
    return {
      preEnqueue(pod) {
        const name = nameOf(pod)
        if (name === undefined) return OK
        const group = findGroup(handle, groups.namespaceOf(pod), name)
        const code = Code.UnschedulableAndUnresolvable
        if (group === undefined) {
          return handle.reason(`waiting for pods's pod group "${name}" to appear in scheduling queue`, code)
        }
        const present = groups.membersOf(groups.namespaceOf(pod), name).size
        if (present >= minCountOf(group)) return OK
        return handle.reason('waiting for minCount pods from a gang to appear in scheduling queue', code)
      },
      groupOf(pod): GroupOfPods | undefined {
        const name = nameOf(pod)
        if (name === undefined) return undefined
        const namespace = groups.namespaceOf(pod)
        const group = findGroup(handle, namespace, name)
        return {
          members: groups.membersOf(namespace, name),
          minCount: group === undefined ? Number.POSITIVE_INFINITY : minCountOf(group),
        }
      },
      events: [
        { resource: 'UnscheduledPod', actions: Action.Add, hint: isOfSameGroup },
        { resource: 'AssignedPod', actions: Action.Add, hint: isOfSameGroup },
        { resource: KIND, actions: Action.Add, hint: (pod, { newObject }) => isOwn(pod, newObject) },
        {
          resource: KIND,
          actions: Action.Update,
          hint: (pod, { oldObject, newObject }) =>
            isOwn(pod, newObject) && minCountOf(specOf(newObject)) < minCountOf(specOf(oldObject)),
        },
      ],
    }
  },
})

function findGroup({ state }: FrameworkHandle, namespace: string, name: string): PodGroupSpec | undefined {
  const id: ObjectId | undefined = state.objects.find(KIND, namespace, name)
  return id === undefined ? undefined : state.objects.get<PodGroupSpec>(id).spec
}

function specOf(version: ObjectVersion | undefined): PodGroupSpec | undefined {
  return version?.spec as PodGroupSpec | undefined
}

/** With the basic policy any number will do. */
function minCountOf(group: PodGroupSpec | undefined): number {
  return group?.schedulingPolicy?.gang?.minCount ?? 0
}
