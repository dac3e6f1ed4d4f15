/**
 * What a simulated pod uses of its node: annotations `kubelapse.io/memory-usage`, `disk-usage`, `inode-usage` and
 * `process-usage`, each an amount, or one that grows evenly from its start: `"64Mi..2Gi/1h"`.
 *
 * Upstream: nothing; real pods are measured.
 * Simplified: a pod's usage grows once, from the start of its containers, and restarts do not set it back.
 */
import { parseDuration, type SimTime } from '../kernel/time.js'
import type { Labels } from './pod-spec.js'
import { value } from './quantity.js'

/** Grows from one amount to the other over a time, and then stays. */
export interface Growth {
  readonly from: number
  readonly to: number
  readonly over: SimTime
}

export interface PodUsageCurves {
  readonly memory: Growth
  readonly disk: Growth
  readonly inodes: Growth
  readonly processes: Growth
}

const PREFIX = 'kubelapse.io/'
const NAMES = {
  memory: 'memory-usage',
  disk: 'disk-usage',
  inodes: 'inode-usage',
  processes: 'process-usage',
} as const

/** Undefined when nothing is said of the pod: nobody knows what it uses. */
export function podUsageCurves(annotations: Labels): PodUsageCurves | undefined {
  if (!Object.values(NAMES).some(name => PREFIX + name in annotations)) return undefined
  return {
    memory: parseGrowth(annotations[PREFIX + NAMES.memory]),
    disk: parseGrowth(annotations[PREFIX + NAMES.disk]),
    inodes: parseGrowth(annotations[PREFIX + NAMES.inodes]),
    processes: parseGrowth(annotations[PREFIX + NAMES.processes]),
  }
}

/** The amount after so long, rounded down. */
export function amountAfter({ from, to, over }: Growth, time: SimTime): number {
  return time >= over ? to : Math.floor(from + ((to - from) * time) / over)
}

/** When nothing grows any more. */
export function fullAfter({ memory, disk, inodes, processes }: PodUsageCurves): SimTime {
  return Math.max(memory.over, disk.over, inodes.over, processes.over)
}

/** Reads `64Mi`, or `64Mi..2Gi/1h`; absent: nothing. */
export function parseGrowth(text: string | undefined): Growth {
  const [from, rest] = (text ?? '0').split('..')
  const first = value(from.trim()) ?? 0
  if (rest === undefined) return { from: first, to: first, over: 0 }
  const [to, over = '0s'] = rest.split('/')
  return { from: first, to: value(to.trim()) ?? first, over: parseDuration(over.trim()) ?? 0 }
}
