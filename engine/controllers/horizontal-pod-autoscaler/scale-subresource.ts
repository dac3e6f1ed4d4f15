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
import type { Scale } from './autoscaler-world.js'

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

export interface ScaleRefusal {
  /** The error of the reconciliation. */
  readonly error: string
  /** Message of the event and of the condition. */
  readonly event: string
}

export interface ScaleTarget extends Scale {
  readonly id: ObjectId
}

/** Selector texts, by the selector object: specs are replaced, never changed. */
const texts = new WeakMap<object, string>()

/** @param known where it was found before; looked at first */
export function readScale(
  { state }: ApiServer,
  namespace: string,
  { apiVersion = '', kind, name }: CrossVersionObjectReference,
  known: ObjectId | undefined,
): ScaleTarget | ScaleRefusal {
  const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : ''
  const isScalable = GROUPS.get(kind) === group
  if (!isScalable && UNSCALABLE.get(kind) !== group) {
    const event = `no matches for kind ${quoted(kind)} in group ${quoted(group)}`
    return { event, error: `unable to determine resource for scale target reference: ${event}` }
  }
  const id = isScalable ? findObject(state, kind, namespace, name, known) : undefined
  if (id === undefined) {
    const missing = 'the server could not find the requested resource'
    const event = isScalable ? notFoundMessage(kind, name) : missing
    return { event, error: `failed to query scale subresource for ${kind}/${namespace}/${name}: ${event}` }
  }
  const { spec, status } = state.objects.get<ScalableSpec, ScalableStatus>(id)
  return {
    id,
    specReplicas: spec.replicas,
    statusReplicas: status.replicas ?? 0,
    selector: selectorText(kind, spec.selector),
  }
}

function findObject(
  { objects }: ClusterState,
  kind: string,
  namespace: string,
  name: string,
  known: ObjectId | undefined,
): ObjectId | undefined {
  if (known !== undefined && objects.exists(known)) {
    const { kind: itsKind, meta } = objects.get(known)
    if (itsKind === kind && meta.namespace === namespace && meta.name === name) return known
  }
  return objects.find(kind, namespace, name)
}

function selectorText(kind: string, selector: LabelSelector | Labels): string {
  let text = texts.get(selector)
  if (text === undefined) {
    const compiled =
      kind === 'ReplicationController' ? selectorOfLabels(selector as Labels) : compileSelector(selector)
    text = compiled?.text ?? ''
    texts.set(selector, text)
  }
  return text
}

/** Why the size could not be written; undefined when it was. */
export function writeScale(
  { state, objects }: ApiServer,
  id: ObjectId,
  replicas: number,
): string | undefined {
  const { kind, meta, spec } = state.objects.get<ScalableSpec>(id)
  if (objects.updateSpec(id, { ...spec, replicas }) === Result.Ok) return undefined
  return notFoundMessage(kind, meta.name)
}
