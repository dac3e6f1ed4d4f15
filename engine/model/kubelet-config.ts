/**
 * How the kubelet of one node is configured, from annotations of its Node in the words of the kubelet's flags:
 * `kubelapse.io/eviction-hard: "memory.available<500Mi,nodefs.available<10%"`, `kubelapse.io/kube-reserved:
 * "cpu=250m,memory=1Gi"` and so on.
 *
 * Upstream: cmd/kubelet/app/options/options.go, pkg/kubelet/apis/config/v1beta1/defaults.go (1.36).
 * Simplified: without annotations nothing is reserved, nothing is evicted, and shutdown is not graceful.
 */
import { invariant } from '../kernel/invariant.js'
import { parseDuration, SECOND, type SimTime } from '../kernel/time.js'
import { type EvictionThreshold, parseThresholds } from './eviction-thresholds.js'
import {
  DEFAULT_MAX_PID,
  IMAGE_GC_HIGH_PERCENT,
  IMAGE_GC_LOW_PERCENT,
  IMAGE_MINIMUM_GC_AGE,
  PRESSURE_TRANSITION_PERIOD,
} from './kubelet-defaults.js'
import type { Amounts, Labels } from './pod-spec.js'
import { type Growth, parseGrowth } from './pod-usage.js'

export interface NodeReservations {
  readonly kubeReserved?: Amounts
  readonly systemReserved?: Amounts
}

/** A pod of this priority, up to the next group's, is given so long when its node shuts down. */
export interface ShutdownPriority {
  readonly priority: number
  readonly shutdownGracePeriodSeconds: number
}

export interface ShutdownSettings {
  readonly shutdownGracePeriodSeconds: number
  /** The part of it that is kept for critical pods. */
  readonly shutdownGracePeriodCriticalPodsSeconds: number
  /** Takes the place of the two above. */
  readonly shutdownGracePeriodByPodPriority?: readonly ShutdownPriority[]
}

export interface KubeletConfig {
  readonly reservations: NodeReservations
  readonly thresholds: readonly EvictionThreshold[]
  readonly pressureTransitionPeriod: SimTime
  readonly maxPodGracePeriodSeconds: number
  readonly hasImageFs: boolean
  /** With a fuller disk unused images are removed, down to the low mark; none that is younger than this. */
  readonly imageGCHighThresholdPercent: number
  readonly imageGCLowThresholdPercent: number
  readonly imageMinimumGCAge: SimTime
  /** What the node has room for beside its capacity. */
  readonly maxPID: number
  readonly inodes: number
  /** All pods together may use no more memory than is left by the reservations. */
  readonly isAllocatableEnforced: boolean
  /** What runs beside the pods uses so much. */
  readonly systemMemory: Growth
  /** Without memory the kernel kills one process, not all of its container. */
  readonly killsSingleProcesses: boolean
  /** Undefined: as all kubelets of the run. */
  readonly maxParallelImagePulls: number | undefined
  readonly imagePullBytesPerSecond: number | undefined
  /** How long pods get when the node shuts down. */
  readonly shutdown: ShutdownSettings
}

const PREFIX = 'kubelapse.io/'
const NAMES = [
  'eviction-hard',
  'eviction-soft',
  'eviction-soft-grace-period',
  'eviction-minimum-reclaim',
  'eviction-pressure-transition-period',
  'eviction-max-pod-grace-period',
  'enforce-node-allocatable',
  'kube-reserved',
  'system-reserved',
  'image-filesystem',
  'image-gc-high-threshold',
  'image-gc-low-threshold',
  'minimum-image-ttl-duration',
  'max-pid',
  'inodes',
  'system-memory-usage',
  'single-process-oom-kill',
  'max-parallel-image-pulls',
  'image-pull-bytes-per-second',
  'shutdown-grace-period',
  'shutdown-grace-period-critical-pods',
  'shutdown-grace-period-by-pod-priority',
] as const
type Name = (typeof NAMES)[number]

/** What the kubelet's flags say, by their names without dashes before them. */
export type KubeletFlags = Readonly<Partial<Record<Name, string>>>

/** The annotations of a Node that say what the flags say. */
export function kubeletAnnotations(flags: KubeletFlags): Labels {
  const annotations: Record<string, string> = {}
  for (const name of NAMES) {
    const text = flags[name]
    if (text !== undefined) annotations[PREFIX + name] = text
  }
  return annotations
}

/** Why a kubelet with these annotations would not start, if so. */
export function kubeletFault(annotations: Labels): string | undefined {
  const thresholds = thresholdsOf(annotations)
  return 'error' in thresholds ? thresholds.error : undefined
}

/** Undefined when no annotation is about the kubelet. */
export function kubeletConfig(annotations: Labels): KubeletConfig | undefined {
  if (!NAMES.some(name => PREFIX + name in annotations)) return undefined
  const text = (name: Name): string | undefined => annotations[PREFIX + name]
  const number = (name: Name): number | undefined =>
    text(name) === undefined ? undefined : Number(text(name))
  const thresholds = thresholdsOf(annotations)
  invariant(!('error' in thresholds), 'error' in thresholds ? thresholds.error : '')
  return {
    reservations: {
      kubeReserved: pairsOf(text('kube-reserved'), '='),
      systemReserved: pairsOf(text('system-reserved'), '='),
    },
    thresholds,
    isAllocatableEnforced: enforces(annotations).includes('pods'),
    pressureTransitionPeriod:
      parseDuration(text('eviction-pressure-transition-period') ?? '') ?? PRESSURE_TRANSITION_PERIOD,
    maxPodGracePeriodSeconds: number('eviction-max-pod-grace-period') ?? 0,
    hasImageFs: text('image-filesystem') === 'dedicated',
    imageGCHighThresholdPercent: number('image-gc-high-threshold') ?? IMAGE_GC_HIGH_PERCENT,
    imageGCLowThresholdPercent: number('image-gc-low-threshold') ?? IMAGE_GC_LOW_PERCENT,
    imageMinimumGCAge: parseDuration(text('minimum-image-ttl-duration') ?? '') ?? IMAGE_MINIMUM_GC_AGE,
    maxPID: number('max-pid') ?? DEFAULT_MAX_PID,
    inodes: number('inodes') ?? 0,
    systemMemory: parseGrowth(text('system-memory-usage')),
    killsSingleProcesses: text('single-process-oom-kill') === 'true',
    maxParallelImagePulls: number('max-parallel-image-pulls'),
    imagePullBytesPerSecond: number('image-pull-bytes-per-second'),
    shutdown: {
      shutdownGracePeriodSeconds: secondsOf(text('shutdown-grace-period')),
      shutdownGracePeriodCriticalPodsSeconds: secondsOf(text('shutdown-grace-period-critical-pods')),
      shutdownGracePeriodByPodPriority: Object.entries(
        pairsOf(text('shutdown-grace-period-by-pod-priority'), '='),
      ).map(([priority, period]) => {
        return { priority: Number(priority), shutdownGracePeriodSeconds: secondsOf(period) }
      }),
    },
  }
}

function thresholdsOf(annotations: Labels): ReturnType<typeof parseThresholds> {
  return parseThresholds({
    evictionHard: pairsOf(annotations[`${PREFIX}eviction-hard`], '<'),
    evictionSoft: pairsOf(annotations[`${PREFIX}eviction-soft`], '<'),
    evictionSoftGracePeriod: pairsOf(annotations[`${PREFIX}eviction-soft-grace-period`], '='),
    evictionMinimumReclaim: pairsOf(annotations[`${PREFIX}eviction-minimum-reclaim`], '='),
    enforceNodeAllocatable: enforces(annotations),
  })
}

/** By default the limit of all pods together. */
function enforces(annotations: Labels): readonly string[] {
  return (annotations[`${PREFIX}enforce-node-allocatable`] ?? 'pods').split(',')
}

/** Whole seconds of a duration, or a bare number of them. */
function secondsOf(text: string | undefined): number {
  if (text === undefined) return 0
  const plain = Number(text)
  return Number.isFinite(plain) ? plain : Math.trunc((parseDuration(text) ?? 0) / SECOND)
}

function pairsOf(text: string | undefined, separator: string): Labels {
  const pairs: Record<string, string> = {}
  for (const pair of (text ?? '').split(',')) {
    const at = pair.indexOf(separator)
    if (at > 0) pairs[pair.slice(0, at).trim()] = pair.slice(at + 1).trim()
  }
  return pairs
}
