import { NEVER, parseDuration, SECOND, type SimTime } from '../kernel/time.js'
import type { KubeletSettings } from './defaults.js'
import type { Labels } from './pod-spec.js'

/** What the containers of a simulated pod do: nothing of it is in a manifest, so annotations say it. */
export interface PodBehaviour {
  /** From the kubelet seeing the bound pod to Running. */
  readonly startDelay: SimTime
  /** From Running to Ready; NEVER: it does not get ready. */
  readonly readyDelay: SimTime
  /** From Running to the exit of the containers; NEVER: they run until stopped. */
  readonly runFor: SimTime
  readonly exitCode: number
  /** From seeing the deletion to the end of the containers, cut at the grace period. */
  readonly stopDelay: SimTime
  /** The back-off of restarts only grows, as that of the kubelet that recorded runs were made with. */
  readonly keepsBackOff: boolean
}

const RECORDED_PREFIX = 'oracle/'

/** Annotation names in use: seconds as numbers (`1.5`, `never`) or durations (`90s`). */
export const BEHAVIOUR_PREFIXES = ['kubelapse.io/', RECORDED_PREFIX] as const

/**
 * Reads the behaviour annotations `start-seconds`, `ready-seconds`, `run-seconds`, `exit-code` and `stop-seconds`;
 * `*-by-index` variants (`"2:never,5:1"`) name other values for single ordinals.
 */
export function podBehaviour(annotations: Labels, ordinal: number, defaults: KubeletSettings): PodBehaviour {
  return {
    startDelay: annotatedTime(annotations, 'start-seconds', ordinal) ?? defaults.startDelay,
    readyDelay: annotatedTime(annotations, 'ready-seconds', ordinal) ?? defaults.readyDelay,
    runFor: annotatedTime(annotations, 'run-seconds', ordinal) ?? NEVER,
    exitCode: Number(annotatedValue(annotations, 'exit-code', ordinal) ?? 0),
    stopDelay: annotatedTime(annotations, 'stop-seconds', ordinal) ?? defaults.stopDelay,
    keepsBackOff: isRecorded(annotations),
  }
}

/** From a node's registration until its kubelet reports Ready: annotation `node-ready-seconds`. */
export function nodeReadyDelay(annotations: Labels): SimTime {
  return annotatedTime(annotations, 'node-ready-seconds', -1) ?? 0
}

/** Whether pods of this template behave differently by ordinal. */
export function dependsOnOrdinal(annotations: Labels): boolean {
  return Object.keys(annotations).some(name => name.endsWith('-by-index'))
}

/** Whether the pod is one of a recorded run, whose kubelet did no more than its annotations said. */
export function isRecorded(annotations: Labels): boolean {
  return Object.keys(annotations).some(name => name.startsWith(RECORDED_PREFIX))
}

/** The value of an annotation under any of the prefixes, that of the ordinal first. */
export function annotatedValue(annotations: Labels, name: string, ordinal: number): string | undefined {
  for (const prefix of BEHAVIOUR_PREFIXES) {
    const byIndex = annotations[`${prefix}${name}-by-index`]
    if (byIndex !== undefined && ordinal >= 0) {
      for (const entry of byIndex.split(',')) {
        const [index, value] = entry.split(':')
        if (Number(index) === ordinal && value !== undefined) return value
      }
    }
    const value = annotations[prefix + name]
    if (value !== undefined) return value
  }
  return undefined
}

/** The same as a time: seconds, a duration, or `never`. */
export function annotatedTime(annotations: Labels, name: string, ordinal: number): SimTime | undefined {
  const text = annotatedValue(annotations, name, ordinal)
  if (text === undefined) return undefined
  if (text === 'never') return NEVER
  const seconds = Number(text)
  return Number.isFinite(seconds) ? Math.round(seconds * SECOND) : parseDuration(text)
}
