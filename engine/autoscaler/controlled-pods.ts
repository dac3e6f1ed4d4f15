/**
 * What the cluster autoscaler asks about single pods: who controls them, whether they are a node's own, whether they
 * will ever run again.
 *
 * Upstream: utils/pod/pod.go and utils/drain/drain.go of cluster-autoscaler 1.36.1.
 * Simplified: nothing known.
 */
import { SECOND, type SimTime } from '../kernel/time.js'
import type { Labels } from '../model/labels.js'
import type { PodTemplate } from '../model/pod-template.js'
import type { ClusterState } from '../state/cluster-state.js'
import { NONE, type ObjectId, Phase, type PodId } from '../state/ids.js'

export const SAFE_TO_EVICT = 'cluster-autoscaler.kubernetes.io/safe-to-evict'
export const SAFE_TO_EVICT_VOLUMES = 'cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes'
const DAEMON_SET_POD = 'cluster-autoscaler.kubernetes.io/daemonset-pod'
const MIRROR_POD = 'kubernetes.io/config.mirror'
const STATIC_POD_SOURCE = 'kubernetes.io/config.source'

const DEFAULT_GRACE_SECONDS = 30
/** A pod that should have been gone for so long is taken as gone. */
const LONG_TERMINATING = 30 * SECOND

/** A reference to the controlling owner, whether that exists or not. */
export interface Controller {
  readonly kind: string
  readonly name: string
}

/** Owners that the pod table does not know: other kinds of owners, owners that never existed. */
export type ControllerOf = (pod: PodId) => Controller | undefined

export function templateOf(state: ClusterState, pod: PodId): PodTemplate {
  return state.templates.get(state.pods.templateOf(pod))
}

export function annotationsOf(state: ClusterState, pod: PodId): Labels {
  return templateOf(state, pod).annotations
}

/** The controlling owner that the pod table names. */
export function ownerOf(state: ClusterState, pod: PodId): Controller | undefined {
  const owner = state.pods.owner[pod] as ObjectId
  if (owner === NONE) return undefined
  const object = state.objects.object[owner]
  return object === undefined ? undefined : { kind: object.kind, name: object.meta.name }
}

export function isDaemonSetPod(state: ClusterState, pod: PodId, controller: Controller | undefined): boolean {
  return controller?.kind === 'DaemonSet' || annotationsOf(state, pod)[DAEMON_SET_POD] === 'true'
}

export function isMirrorPod(state: ClusterState, pod: PodId): boolean {
  return annotationsOf(state, pod)[MIRROR_POD] !== undefined
}

export function isStaticPod(state: ClusterState, pod: PodId): boolean {
  const source = annotationsOf(state, pod)[STATIC_POD_SOURCE]
  return source !== undefined && source !== 'api'
}

/** Deleted, and past its grace period twice over: the deletion time has the period in it already. */
export function isLongTerminating(state: ClusterState, pod: PodId, now: SimTime): boolean {
  if (!state.pods.isTerminating(pod)) return false
  const { terminationGracePeriodSeconds = DEFAULT_GRACE_SECONDS } = templateOf(state, pod).spec
  return state.pods.deletionAt[pod] + terminationGracePeriodSeconds * SECOND + LONG_TERMINATING < now
}

/** It will not run again. */
export function isTerminal(state: ClusterState, pod: PodId): boolean {
  const phase = state.pods.phaseOf(pod)
  if (phase === Phase.Failed) return true
  return phase === Phase.Succeeded && (templateOf(state, pod).spec.restartPolicy ?? 'Always') !== 'Always'
}
