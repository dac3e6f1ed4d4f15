/**
 * What a single container does, from annotations that name it: `kubelapse.io/run-seconds.migrate: "20"`. What is not
 * said of a container is that of its pod; an init container ends well after a second.
 *
 * Upstream: nothing; real containers run.
 * Simplified: a PreStop hook never fails.
 */
import { NEVER, SECOND, type SimTime } from '../kernel/time.js'
import { annotatedTime, annotatedValue, type PodBehaviour } from './pod-behaviour.js'
import type { Container, Labels, LifecycleHandler } from './pod-spec.js'
import { value } from './quantity.js'

export interface ContainerBehaviour {
  /** From the image being there to running. */
  readonly startDelay: SimTime
  readonly runFor: SimTime
  /** Exit code of each run in turn; the last one is that of all further runs. */
  readonly exitCodes: readonly number[]
  readonly stopDelay: SimTime
  readonly postStart: SimTime
  /** The PostStart hook fails when it is over, and with it the start. */
  readonly postStartFails: boolean
  readonly preStop: SimTime
  /** From running to the answers of its startup and readiness probes being good, and to their turning bad. */
  readonly readyAfter: SimTime
  readonly unreadyAfter: SimTime
  /** From running to the answers of its liveness probe turning bad. */
  readonly hungAfter: SimTime
  /** 0: the image is on every node. */
  readonly imageBytes: number
}

/** What a container may have of its own, and when it does. */
const NAMES = [
  'start-seconds',
  'run-seconds',
  'exit-code',
  'stop-seconds',
  'ready-seconds',
  'unready-seconds',
  'hung-seconds',
  'post-start-seconds',
  'post-start-fails',
  'pre-stop-seconds',
  'image-size',
] as const
const INIT_RUN: SimTime = 1 * SECOND

/** Whether an annotation speaks of a container, or of what only containers have. */
export function namesContainers(annotations: Labels): boolean {
  for (const key of Object.keys(annotations)) {
    const name = key.slice(key.indexOf('/') + 1)
    if (!key.startsWith('kubelapse.io/')) continue
    if (name.startsWith('image-size') || name.startsWith('unready-') || name.startsWith('hung-')) return true
    if (name.startsWith('post-start-fails')) return true
    if (name.startsWith('memory-usage.')) return true
    if (NAMES.some(known => name.startsWith(`${known}.`))) return true
  }
  return false
}

/** @param isFirst of the pod to be started: it waits for the pod's own start. */
export function containerBehaviour(
  { name, lifecycle }: Container,
  role: 'init' | 'sidecar' | 'main',
  isFirst: boolean,
  annotations: Labels,
  ordinal: number,
  pod: PodBehaviour,
): ContainerBehaviour {
  const own = (field: string): SimTime | undefined => annotatedTime(annotations, `${field}.${name}`, ordinal)
  const either = (field: string): SimTime | undefined =>
    own(field) ?? annotatedTime(annotations, field, ordinal)
  const isMain = role === 'main'
  const codes = annotatedValue(annotations, `exit-code.${name}`, ordinal)
  const size =
    annotatedValue(annotations, `image-size.${name}`, ordinal) ??
    annotatedValue(annotations, 'image-size', ordinal)
  return {
    startDelay: own('start-seconds') ?? (isFirst ? pod.startDelay : 0),
    runFor: own('run-seconds') ?? (isMain ? pod.runFor : role === 'init' ? INIT_RUN : NEVER),
    exitCodes: codes === undefined ? [isMain ? pod.exitCode : 0] : codes.split(',').map(Number),
    stopDelay: own('stop-seconds') ?? (isMain ? pod.stopDelay : 0),
    postStart: either('post-start-seconds') ?? sleepOf(lifecycle?.postStart),
    postStartFails:
      (annotatedValue(annotations, `post-start-fails.${name}`, ordinal) ??
        annotatedValue(annotations, 'post-start-fails', ordinal)) === 'true',
    preStop: either('pre-stop-seconds') ?? sleepOf(lifecycle?.preStop),
    readyAfter: own('ready-seconds') ?? (isMain ? pod.readyDelay : 0),
    unreadyAfter: (isMain ? either('unready-seconds') : own('unready-seconds')) ?? NEVER,
    hungAfter: (isMain ? either('hung-seconds') : own('hung-seconds')) ?? NEVER,
    imageBytes: size === undefined ? 0 : (value(size) ?? 0),
  }
}

function sleepOf(handler: LifecycleHandler | undefined): SimTime {
  return (handler?.sleep?.seconds ?? 0) * SECOND
}
