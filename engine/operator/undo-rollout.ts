/**
 * Undoing a rollout puts the pod template of an earlier revision back: a ReplicaSet's for Deployments, that
 * of a ControllerRevision for StatefulSets and DaemonSets.
 *
 * Upstream: staging/src/k8s.io/kubectl/pkg/polymorphichelpers/rollback.go (1.36).
 * Simplified: annotations that the revision copied from the Deployment are not put back.
 */

import { patchObject } from '../apiserver/patch-object.js'
import { Result } from '../apiserver/result.js'
import type { ObjectName } from '../model/operations.js'
import type { DeploymentSpec, PodTemplateSpec, ReplicaSetSpec } from '../model/workloads.js'
import type { ClusterState } from '../state/cluster-state.js'
import type { ObjectId } from '../state/ids.js'
import { defineOperation } from './operation.js'

const REVISION = 'deployment.kubernetes.io/revision'
const HASH = 'pod-template-hash'

interface Revision {
  readonly number: number
  /** A strategic merge patch of the object, with the template as a whole. */
  readonly patch: object
}

interface ControllerRevisionSpec {
  readonly revision: number
  readonly data: { readonly spec: { readonly template: PodTemplateSpec } }
}

export const undoRollout = defineOperation('undo-rollout', ({ api, report }) => operation => {
  const { kind, namespace, name, toRevision } = operation
  const object = `${kind}/${name}`
  const { state } = api
  const id = state.objects.find(kind, namespace, name)
  const refuse = (error: string): undefined => {
    report('undo-rollout', 'REJECTED', namespace, { object, error })
  }
  if (id !== undefined && isPaused(state, operation, id)) {
    return refuse(
      `you cannot rollback a paused deployment; resume it first with 'kubectl rollout resume' and try again`,
    )
  }
  const revisions = id === undefined ? [] : revisionsOf(state, kind, id)
  const wanted = toRevision === 0 ? revisions.at(-2) : revisions.find(({ number }) => number === toRevision)
  if (id !== undefined && wanted === undefined) {
    return refuse(
      toRevision === 0
        ? `no rollout history found for ${kind.toLowerCase()} "${name}"`
        : `unable to find specified revision ${toRevision} in history`,
    )
  }
  const { result, message } = patchObject(api, operation, 'strategic', wanted?.patch ?? {})
  return result === Result.Ok ? { object, revision: wanted?.number ?? 0 } : refuse(message)
})

function isPaused(state: ClusterState, { kind }: ObjectName, id: ObjectId): boolean {
  return kind === 'Deployment' && state.objects.get<DeploymentSpec>(id).spec.paused
}

/** The revisions that are still there, oldest first. */
function revisionsOf(state: ClusterState, kind: string, id: ObjectId): Revision[] {
  const { objects } = state
  const { uid } = objects.get(id).meta
  const revisions: Revision[] = []
  for (const other of objects.ofKind(kind === 'Deployment' ? 'ReplicaSet' : 'ControllerRevision')) {
    const { meta, spec } = objects.get<ReplicaSetSpec | ControllerRevisionSpec>(other)
    if (!meta.owners.some(owner => owner.controller && owner.uid === uid)) continue
    if ('revision' in spec) {
      revisions.push({ number: spec.revision, patch: templatePatch(spec.data.spec.template) })
    } else if ('template' in spec) {
      const { [HASH]: _, ...labels } = spec.template.metadata.labels
      const template = { ...spec.template, metadata: { ...spec.template.metadata, labels } }
      revisions.push({ number: Number(meta.annotations[REVISION] ?? 0), patch: templatePatch(template) })
    }
  }
  return revisions.sort((a, b) => a.number - b.number)
}

function templatePatch(template: PodTemplateSpec): object {
  return { spec: { template: { ...template, $patch: 'replace' } } }
}
