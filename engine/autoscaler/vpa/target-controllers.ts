/**
 * The controllers that autoscalers point at: which pods they select, who stands above whom, and how many replicas they
 * are to have.
 * Upstream: vertical-pod-autoscaler/pkg/target (fetcher.go, controller_fetcher/controller_fetcher.go) and
 * getReplicaCount of pkg/updater/restriction/pods_restriction_factory.go (VPA 1.8.1).
 * Simplified: custom resources with a scale subresource.
 */
import type { CrossVersionObjectReference } from '../../model/autoscaling.js'
import {
  type CompiledSelector,
  compileSelector,
  type LabelSelector,
  type Labels,
  selectorOfLabels,
} from '../../model/labels.js'
import type { ClusterState } from '../../state/cluster-state.js'
import type { StoredObject } from '../../state/objects.js'

interface ControllerSpec {
  readonly replicas?: number
  /** Plain labels in a ReplicationController. */
  readonly selector?: LabelSelector | Labels
  readonly jobTemplate?: { readonly spec: { readonly template: { readonly metadata?: { labels?: Labels } } } }
}

interface ControllerStatus {
  readonly numberReady?: number
}

interface Owner {
  readonly kind: string
  readonly name: string
}

const WELL_KNOWN: ReadonlySet<string> = new Set([
  'CronJob',
  'DaemonSet',
  'Deployment',
  'Job',
  'ReplicaSet',
  'ReplicationController',
  'StatefulSet',
])
const HAS_PARENT =
  'The targetRef controller has a parent but it should point to a topmost well-known or scalable controller'

/** Selectors by the spec they come from: specs are replaced, never changed. */
const selectors = new WeakMap<object, CompiledSelector>()

/** The pods of an autoscaler's target, or why they cannot be told. */
export function targetSelector(
  state: ClusterState,
  namespace: string,
  target: CrossVersionObjectReference | null | undefined,
): CompiledSelector | { readonly error: string } {
  if (target === undefined || target === null) return { error: 'Cannot read targetRef' }
  const { kind, name, apiVersion = '' } = target
  const prefix = 'Cannot read targetRef. Reason: '
  if (!WELL_KNOWN.has(kind))
    return { error: `${prefix}Unhandled targetRef ${apiVersion} / ${kind} / ${name}` }
  const object = find(state, namespace, target)
  if (object === undefined) return { error: `${prefix}${kind} ${namespace}/${name} does not exist` }
  return controllerOf(object) === undefined ? selectorOf(object) : { error: HAS_PARENT }
}

/** The controller at the top of a chain of owners; undefined when a link is missing. */
export function topmostController(state: ClusterState, namespace: string, owner: Owner): Owner | undefined {
  let top = owner
  for (;;) {
    const object = find(state, namespace, top)
    if (object === undefined) return undefined
    const above = controllerOf(object)
    if (above === undefined) return top
    top = above
  }
}

export function configuredReplicas(state: ClusterState, namespace: string, owner: Owner): number | undefined {
  const object = find(state, namespace, owner)
  return owner.kind === 'DaemonSet' ? object?.status.numberReady : object?.spec.replicas
}

function find(
  { objects }: ClusterState,
  namespace: string,
  { kind, name }: Owner,
): StoredObject<ControllerSpec, ControllerStatus> | undefined {
  const id = WELL_KNOWN.has(kind) ? objects.find(kind, namespace, name) : undefined
  return id === undefined ? undefined : objects.get(id)
}

function controllerOf({ meta }: StoredObject): Owner | undefined {
  return meta.owners.find(({ controller, kind }) => controller && WELL_KNOWN.has(kind))
}

function selectorOf({ kind, spec }: StoredObject<ControllerSpec>): CompiledSelector {
  let compiled = selectors.get(spec)
  if (compiled === undefined) {
    const { selector = {}, jobTemplate } = spec
    if (kind === 'CronJob') compiled = selectorOfLabels(jobTemplate?.spec.template.metadata?.labels ?? {})
    else if (kind === 'ReplicationController') compiled = selectorOfLabels(selector as Labels)
    else compiled = compileSelector(selector) ?? (compileSelector(undefined) as CompiledSelector)
    selectors.set(spec, compiled)
  }
  return compiled
}
