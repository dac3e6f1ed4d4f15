/**
 * The scale subresource of the workloads that an autoscaler may point at: their size, its selector as
 * text, and how to write the size.
 *
 * Upstream: pkg/registry/apps/{deployment,replicaset,statefulset}/storage,
 * pkg/registry/core/replicationcontroller/ storage (ScaleREST, 1.36); texts of the REST mapper and of the
 * scale client.
 * Simplified: custom resources with a scale subresource are unknown kinds.
 */
import type { ApiServer } from '../../apiserver/api-server.js'
import { Result } from '../../apiserver/result.js'
import type { CrossVersionObjectReference } from '../../model/autoscaling.js'
import { quoted } from '../../model/field-error.js'
import { notFoundMessage } from '../../model/kinds.js'
import { compileSelector, type LabelSelector, selectorOfLabels } from '../../model/labels.js'
import type { Labels } from '../../model/pod-spec.js'
import type { ClusterState } from '../../state/cluster-state.js'
import type { ObjectId } from '../../state/ids.js'
import type { StoredObject } from '../../state/objects.js'

interface ScalableSpec {
  readonly replicas: number
  /** Plain labels in a ReplicationController. */
  readonly selector: LabelSelector | Labels
}

interface ScalableStatus {
  readonly replicas?: number
}

const GROUPS: ReadonlyMap<string, string> = new Map([
  ['Deployment', 'apps'],
  ['ReplicaSet', 'apps'],
  ['StatefulSet', 'apps'],
  ['ReplicationController', ''],
])
/** Kinds there are, but without a size of their own. */
const UNSCALABLE: ReadonlyMap<string, string> = new Map([
  ['DaemonSet', 'apps'],
  ['ControllerRevision', 'apps'],
  ['Pod', ''],
  ['Service', ''],
  ['Job', 'batch'],
  ['CronJob', 'batch'],
])

export interface Scale {
  readonly specReplicas: number
  readonly statusReplicas: number
  /** The selector of its pods as text. */
  readonly selector: string
}

export interface ScaleRefusal {
  /** The error of the reconciliation. */
  readonly error: string
  /** Message of the event and of the condition. */
  readonly event: string
}

/** What a scaleTargetRef says. */
export interface TargetReference {
  readonly kind: string
  readonly name: string
  readonly group: string
  /** Undefined: there is no such kind in the group. */
  readonly isScalable: boolean | undefined
}

/** The target as it was found last. */
export interface KnownTarget {
  /** What it was found by. */
  readonly reference: TargetReference
  readonly id: ObjectId
  readonly stored: StoredObject
  /** The selector of its pods as it is written, and as text: specs are replaced, never changed. */
  readonly selector: LabelSelector | Labels
  readonly text: string
}

export function readTargetReference(reference: CrossVersionObjectReference): TargetReference {
  const { apiVersion = '', kind, name } = reference
  const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : ''
  if (GROUPS.get(kind) === group) return { kind, name, group, isScalable: true }
  return { kind, name, group, isScalable: UNSCALABLE.get(kind) === group ? false : undefined }
}

/** @param known where it was found before: an object keeps its name */
export function findTarget(
  { objects }: ClusterState,
  namespace: string,
  reference: TargetReference,
  known: KnownTarget | undefined,
): KnownTarget | undefined {
  if (known?.reference === reference && objects.exists(known.id) && objects.get(known.id) === known.stored) {
    const { spec } = objects.get<ScalableSpec>(known.id)
    return spec.selector === known.selector ? known : knownTarget(known.stored, reference)
  }
  const id =
    reference.isScalable === true ? objects.find(reference.kind, namespace, reference.name) : undefined
  return id === undefined ? undefined : knownTarget(objects.get(id), reference)
}

function knownTarget(stored: StoredObject, reference: TargetReference): KnownTarget {
  const { id, kind, spec } = stored as StoredObject<ScalableSpec>
  return { reference, id, stored, selector: spec.selector, text: selectorText(kind, spec.selector) }
}

/** Why no target is found. */
export function refusalOf(namespace: string, reference: TargetReference): ScaleRefusal {
  const { kind, name, group, isScalable } = reference
  if (isScalable === undefined) {
    const event = `no matches for kind ${quoted(kind)} in group ${quoted(group)}`
    return { event, error: `unable to determine resource for scale target reference: ${event}` }
  }
  const missing = 'the server could not find the requested resource'
  const event = isScalable ? notFoundMessage(kind, name) : missing
  return { event, error: `failed to query scale subresource for ${kind}/${namespace}/${name}: ${event}` }
}

export function readScale({ objects }: ClusterState, { id, text }: KnownTarget): Scale {
  const { spec, status } = objects.get<ScalableSpec, ScalableStatus>(id)
  return { specReplicas: spec.replicas, statusReplicas: status.replicas ?? 0, selector: text }
}

function selectorText(kind: string, selector: LabelSelector | Labels): string {
  const compiled =
    kind === 'ReplicationController' ? selectorOfLabels(selector as Labels) : compileSelector(selector)
  return compiled?.text ?? ''
}

/** Why the size could not be written; undefined when it was. */
export function writeScale(
  { state, objects }: ApiServer,
  id: ObjectId,
  replicas: number,
): string | undefined {
  const { kind, meta, spec } = state.objects.get<ScalableSpec>(id)
  if (objects.updateSpec(id, Object.assign({}, spec, { replicas })) === Result.Ok) return undefined
  return notFoundMessage(kind, meta.name)
}
