/**
 * What a simulated pod uses of its node: annotations `kubelapse.io/memory-usage`, `disk-usage`, `inode-usage` and
 * `process-usage`, each an amount, or one that grows evenly from its start: `"64Mi..2Gi/1h"`.
 *
 * Upstream: nothing; real pods are measured.
 * Simplified: disk, inodes and processes grow once, from the start of the pod, and restarts do not set them back.
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
  /** Memory is each container's own, see {@link memoryCurves}. */
  readonly disk: Growth
  readonly inodes: Growth
  readonly processes: Growth
}

const PREFIX = 'kubelapse.io/'
const MEMORY = `${PREFIX}memory-usage`
const NAMES = {
  disk: 'disk-usage',
  inodes: 'inode-usage',
  processes: 'process-usage',
} as const

/** Undefined when nothing is said of the pod: nobody knows what it uses. */
export function podUsageCurves(annotations: Labels): PodUsageCurves | undefined {
  if (!Object.values(NAMES).some(name => PREFIX + name in annotations)) return undefined
  return {
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
export function fullAfter({ disk, inodes, processes }: PodUsageCurves): SimTime {
  return Math.max(disk.over, inodes.over, processes.over)
}

/** Memory of containers by name, from the start of each; what is said of the pod is the first one's. */
export function memoryCurves(
  annotations: Labels,
  containers: readonly { readonly name: string }[],
): Map<string, Growth> {
  const curves = new Map<string, Growth>()
  for (const [i, { name }] of containers.entries()) {
    const text = annotations[`${MEMORY}.${name}`] ?? (i === 0 ? annotations[MEMORY] : undefined)
    if (text !== undefined) curves.set(name, parseGrowth(text))
  }
  return curves
}

/** Reads `64Mi`, or `64Mi..2Gi/1h`; absent: nothing. */
export function parseGrowth(text: string | undefined): Growth {
  const [from, rest] = (text ?? '0').split('..')
  const first = value(from.trim()) ?? 0
  if (rest === undefined) return { from: first, to: first, over: 0 }
  const [to, over = '0s'] = rest.split('/')
  return { from: first, to: value(to.trim()) ?? first, over: parseDuration(over.trim()) ?? 0 }
}
