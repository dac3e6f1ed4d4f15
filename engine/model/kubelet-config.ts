/**
 * How the kubelet of one node is configured, from annotations of its Node in the words of the kubelet's flags:
 * `kubelapse.io/eviction-hard: "memory.available<500Mi,nodefs.available<10%"`, `kubelapse.io/kube-reserved:
 * "cpu=250m,memory=1Gi"` and so on.
 *
 * Upstream: cmd/kubelet/app/options/options.go, pkg/kubelet/apis/config/v1beta1/defaults.go (1.36).
 * Simplified: without annotations nothing is reserved and nothing is evicted.
 */
import { invariant } from '../kernel/invariant.js'
import { MINUTE, parseDuration, SECOND, type SimTime } from '../kernel/time.js'
import { type EvictionThreshold, parseThresholds } from './eviction-thresholds.js'
import type { NodeReservations } from './node-allocatable.js'
import type { Labels } from './pod-spec.js'

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
  /** What the node has room for beside its capacity. */
  readonly maxPID: number
  readonly inodes: number
  /** How long pods get when the node shuts down. */
  readonly shutdown: ShutdownSettings
}

const PREFIX = 'kubelapse.io/'
const NAMES = [
  'eviction-hard',
  'eviction-soft',
  'kube-reserved',
  'system-reserved',
  'shutdown-grace-period',
  'shutdown-grace-period-by-pod-priority',
] as const
const DEFAULT_TRANSITION_PERIOD: SimTime = 5 * MINUTE
const DEFAULT_MAX_PID = 32_768

/** Undefined when no annotation names a threshold or a reservation. */
export function kubeletConfig(annotations: Labels): KubeletConfig | undefined {
  if (!NAMES.some(name => PREFIX + name in annotations)) return undefined
  const text = (name: string): string | undefined => annotations[PREFIX + name]
  const pairs = (name: string, separator: string): Labels => pairsOf(text(name) ?? '', separator)
  const thresholds = parseThresholds({
    evictionHard: pairs('eviction-hard', '<'),
    evictionSoft: pairs('eviction-soft', '<'),
    evictionSoftGracePeriod: pairs('eviction-soft-grace-period', '='),
    evictionMinimumReclaim: pairs('eviction-minimum-reclaim', '='),
  })
  invariant(!('error' in thresholds), 'error' in thresholds ? thresholds.error : '')
  const transition = text('eviction-pressure-transition-period')
  return {
    reservations: {
      kubeReserved: pairs('kube-reserved', '='),
      systemReserved: pairs('system-reserved', '='),
    },
    thresholds,
    pressureTransitionPeriod: parseDuration(transition ?? '') ?? DEFAULT_TRANSITION_PERIOD,
    maxPodGracePeriodSeconds: Number(text('eviction-max-pod-grace-period') ?? 0),
    hasImageFs: text('image-filesystem') === 'dedicated',
    maxPID: Number(text('max-pid') ?? DEFAULT_MAX_PID),
    inodes: Number(text('inodes') ?? 0),
    shutdown: {
      shutdownGracePeriodSeconds: secondsOf(text('shutdown-grace-period')),
      shutdownGracePeriodCriticalPodsSeconds: secondsOf(text('shutdown-grace-period-critical-pods')),
      shutdownGracePeriodByPodPriority: Object.entries(
        pairs('shutdown-grace-period-by-pod-priority', '='),
      ).map(([priority, period]) => {
        return { priority: Number(priority), shutdownGracePeriodSeconds: secondsOf(period) }
      }),
    },
  }
}

/** Whole seconds of a duration, or a bare number of them. */
function secondsOf(text: string | undefined): number {
  if (text === undefined) return 0
  const plain = Number(text)
  return Number.isFinite(plain) ? plain : Math.trunc((parseDuration(text) ?? 0) / SECOND)
}

function pairsOf(text: string, separator: string): Labels {
  const pairs: Record<string, string> = {}
  for (const pair of text.split(',')) {
    const at = pair.indexOf(separator)
    if (at > 0) pairs[pair.slice(0, at).trim()] = pair.slice(at + 1).trim()
  }
  return pairs
}
