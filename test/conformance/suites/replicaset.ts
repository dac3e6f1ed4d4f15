import { PodDraft } from '../../../engine/apiserver/pod-draft.js'
import { isRefused } from '../../../engine/apiserver/result.js'
import {
  countByNode,
  POD_DELETION_COST,
  podsToDelete,
} from '../../../engine/controllers/replicaset/pods-to-delete.js'
import { replicaset } from '../../../engine/controllers/replicaset/replicaset.js'
import { SECOND } from '../../../engine/kernel/time.js'
import { Phase, type PodId } from '../../../engine/state/ids.js'
import { ControllerRig } from '../../support/controller-rig.js'
import { type Suite, suiteOfKinds } from '../suite.js'

interface GivenPod {
  readonly name: string
  readonly node: string
  readonly phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown'
  readonly ready?: string
  readonly createdAgeSeconds?: number
  readonly readyAgeSeconds?: number
  readonly restarts?: number
  readonly deletionCost?: string
}

interface GivenScaleDown {
  readonly delete: number
  readonly pods: readonly GivenPod[]
  readonly otherPodsOfRelatedReplicaSets?: readonly GivenPod[]
}

/** The order in which a ReplicaSet gives up pods that lie in a real store. */
export const replicasetSuite: Suite = suiteOfKinds('replicaset', {
  scaleDown({ delete: count, pods, otherPodsOfRelatedReplicaSets: others = [] }: GivenScaleDown) {
    const rig = new ControllerRig(replicaset, 0)
    const oldest = Math.max(
      0,
      ...pods.map(({ createdAgeSeconds = 0, readyAgeSeconds = 0 }) =>
        Math.max(createdAgeSeconds, readyAgeSeconds),
      ),
    )
    const now = (oldest + 1) * SECOND
    const own = pods.map(pod => addPod(rig, pod, now))
    const ranks = new Map<number, number>()
    for (const pod of [...own, ...others.map(other => addPod(rig, other, now))])
      countByNode(ranks, rig.state, pod)
    const { state } = rig
    // The recordings give pods UIDs in the order of their names.
    const uidOrder = (pod: PodId): number => state.pods.uid[pod]
    const view = { state, clock: rig.context.clock, now, ranks, uidOrder }
    return { deleteInOrder: podsToDelete(view, own, count).map(pod => state.pods.name[pod]) }
  },
})

function addPod({ api, state }: ControllerRig, given: GivenPod, now: number): PodId {
  const draft = new PodDraft()
  draft.namespace = state.namespaceId('default')
  draft.name = given.name
  const { deletionCost = '' } = given
  draft.template = state.templateId({
    spec: { containers: [{ name: 'main' }] },
    annotations: deletionCost === '' ? {} : { [POD_DELETION_COST]: deletionCost },
  })
  draft.labels = state.labelsId({})
  const { node } = given
  if (node !== '' && state.nodes.find(node) === undefined) {
    api.nodes.create({
      name: node,
      labels: {},
      taints: [],
      unschedulable: false,
      capacity: {},
      allocatable: {},
      images: new Map(),
      pool: -1,
    })
  }
  draft.node = state.nodes.find(node) ?? draft.node
  const pod = api.pods.create(draft, 0)
  if (isRefused(pod)) throw new Error(`${given.name} is there twice`)
  // The case says what the kubelet has reported, whatever led there: Pending pods may be Ready.
  const { pods } = state
  pods.phase[pod] = Phase[given.phase]
  pods.ready[pod] = given.ready === 'True' ? 1 : 0
  pods.restarts[pod] = given.restarts ?? 0
  pods.createdAt[pod] = now - (given.createdAgeSeconds ?? 0) * SECOND
  pods.readyAt[pod] = now - (given.readyAgeSeconds ?? 0) * SECOND
  return pod
}
