/**
 * Makes the claims of pods with ephemeral volumes: each is called after pod and volume, and belongs to the pod.
 *
 * Upstream: pkg/controller/volume/ephemeral/controller.go (1.36).
 * Simplified: nothing known.
 */
import type { EventSubject } from '../../apiserver/event-recorder.js'
import { creationRefusal, isRefused } from '../../apiserver/result.js'
import { CONTROLLER_WORKERS } from '../../model/defaults.js'
import { isControlledByPod } from '../../model/pod-claims.js'
import { defaultClaimSpec } from '../../model/pod-defaults.js'
import type { Volume } from '../../model/pod-spec.js'
import { Change, Source } from '../../state/change-log.js'
import type { ClusterState } from '../../state/cluster-state.js'
import { type NamespaceId, NONE, type ObjectId, type PodId } from '../../state/ids.js'
import { type ControllerContext, DONE, defineController, RETRY, type ReconcileResult } from '../controller.js'
import { controllerOf } from '../owned-objects.js'

const KIND = 'PersistentVolumeClaim'
const NO_VOLUMES: readonly Volume[] = []

export const ephemeralvolume = defineController({
  name: 'ephemeral-volume',
  source: 'ephemeral_volume',
  args: {},
  workers: CONTROLLER_WORKERS.ephemeralvolume,
  watches: [
    {
      source: Source.Pods,
      fields: Change.Added,
      key: (state, row) => (ephemeralVolumes(state, row as PodId).length === 0 ? NONE : row),
    },
    { source: Source.Objects, kind: KIND, fields: Change.Deleted, key: podOfClaim },
  ],
  create: context => ({ reconcile: key => reconcile(context, key as PodId) }),
})

function reconcile(context: ControllerContext, pod: PodId): ReconcileResult {
  const { state, events } = context
  if (!state.pods.exists(pod) || state.pods.isTerminating(pod)) return DONE
  for (const volume of ephemeralVolumes(state, pod)) {
    const problem = ensureClaim(context, pod, volume)
    if (problem === undefined) continue
    const message = `ephemeral volume ${volume.name}: ${problem}`
    events.record(subjectOfPod(state, pod), 'Warning', 'FailedBinding', message)
    return RETRY
  }
  return DONE
}

/** Why the pod cannot have its claim; undefined when it has. */
function ensureClaim(context: ControllerContext, pod: PodId, volume: Volume): string | undefined {
  const { state, api, informer } = context
  const { pods } = state
  const namespace = namespaceOf(state, pod)
  const podName = pods.name[pod] as string
  const uid = pods.uid[pod]
  const name = `${podName}-${volume.name}`
  const existing = state.objects.find(KIND, namespace, name)
  if (existing !== undefined && informer.sees(state.objects.createdSequence[existing], 0)) {
    if (isControlledByPod(state.objects.get(existing).meta, podName, uid)) return undefined
    return `PVC ${namespace}/${name} was not created for pod ${namespace}/${podName} (pod is not owner)`
  }
  const template = volume.ephemeral?.volumeClaimTemplate
  if (template === undefined) return undefined
  context.charge()
  const created = api.objects.create({
    kind: KIND,
    namespace,
    name,
    labels: template.metadata?.labels ?? {},
    annotations: template.metadata?.annotations ?? {},
    owners: [
      { apiVersion: 'v1', kind: 'Pod', name: podName, uid, controller: true, blockOwnerDeletion: true },
    ],
    spec: defaultClaimSpec(template.spec),
    status: { phase: 'Pending' },
  })
  if (!isRefused(created)) return undefined
  return `create PVC ${name}: ${creationRefusal(KIND, name, created)}`
}

function ephemeralVolumes({ pods, templates }: ClusterState, pod: PodId): readonly Volume[] {
  const { volumes } = templates.get(pods.templateOf(pod)).spec
  return volumes === undefined ? NO_VOLUMES : volumes.filter(({ ephemeral }) => ephemeral !== undefined)
}

/** The pod that a claim was made for, NONE when it has gone. */
function podOfClaim(state: ClusterState, row: number): number {
  const { meta } = state.objects.get(row as ObjectId)
  const owner = controllerOf(meta.owners)
  if (owner?.kind !== 'Pod') return NONE
  const pod = state.pods.find(state.namespaceId(meta.namespace), owner.name)
  return pod !== undefined && state.pods.uid[pod] === owner.uid ? pod : NONE
}

function subjectOfPod(state: ClusterState, pod: PodId): EventSubject {
  const { pods } = state
  return {
    kind: 'Pod',
    namespace: namespaceOf(state, pod),
    name: pods.name[pod] as string,
    uid: pods.uid[pod],
  }
}

function namespaceOf({ pods, namespaces }: ClusterState, pod: PodId): string {
  return namespaces.get(pods.namespace[pod] as NamespaceId)
}
