/**
 * Eviction thresholds as a kubelet is configured with them: a signal below an amount, or below a share of its capacity.
 *
 * Upstream: ParseThresholdConfig of pkg/kubelet/eviction/helpers.go, eviction/api/types.go (1.36).
 * Simplified: nothing known.
 */
import { parseGoDuration } from './go-duration.js'
import type { Labels } from './pod-spec.js'
import { type Quantity, readQuantity } from './quantity.js'

/** What is measured. The order is that of upstream's names, which decides between equals. */
export const EVICTION_SIGNALS = [
  'allocatableMemory.available',
  'containerfs.available',
  'containerfs.inodesFree',
  'imagefs.available',
  'imagefs.inodesFree',
  'memory.available',
  'nodefs.available',
  'nodefs.inodesFree',
  'pid.available',
] as const
export type EvictionSignal = (typeof EVICTION_SIGNALS)[number]

/** An amount, or a share of the capacity as the 32-bit fraction that upstream keeps. */
export type ThresholdValue = { readonly quantity: Quantity } | { readonly fraction: number }

export interface EvictionThreshold {
  readonly signal: EvictionSignal
  readonly value: ThresholdValue
  /** 0: a hard threshold. */
  readonly graceSeconds: number
  readonly minReclaim?: ThresholdValue
}

/** KubeletConfiguration's fields, by signal. */
export interface ThresholdConfig {
  readonly evictionHard?: Labels
  readonly evictionSoft?: Labels
  readonly evictionSoftGracePeriod?: Labels
  readonly evictionMinimumReclaim?: Labels
  readonly enforceNodeAllocatable?: readonly string[]
}

type Refusal = { readonly error: string }

const NANOS_PER_SECOND = 1_000_000_000

/** The thresholds in the order of their signals, hard ones first; or why the kubelet would not start. */
export function parseThresholds(config: ThresholdConfig): readonly EvictionThreshold[] | Refusal {
  const hard = parseStatements(config.evictionHard ?? {})
  if ('error' in hard) return hard
  const soft = parseStatements(config.evictionSoft ?? {})
  if ('error' in soft) return soft
  const graces = parseGracePeriods(config.evictionSoftGracePeriod ?? {})
  if ('error' in graces) return graces
  const reclaims = parseMinimumReclaims(config.evictionMinimumReclaim ?? {})
  if ('error' in reclaims) return reclaims
  const thresholds: EvictionThreshold[] = []
  for (const [signal, value] of hard) thresholds.push({ signal, value, graceSeconds: 0 })
  for (const [signal, value] of soft) {
    const graceSeconds = graces.get(signal)
    if (graceSeconds === undefined)
      return { error: `grace period must be specified for the soft eviction threshold ${signal}` }
    thresholds.push({ signal, value, graceSeconds })
  }
  const memory = hard.get('memory.available')
  if (memory !== undefined && (config.enforceNodeAllocatable ?? []).includes('pods'))
    thresholds.push({ signal: 'allocatableMemory.available', value: memory, graceSeconds: 0 })
  return thresholds
    .map(threshold => {
      const minReclaim = reclaims.get(threshold.signal)
      return minReclaim === undefined ? threshold : { ...threshold, minReclaim }
    })
    .toSorted((a, b) => EVICTION_SIGNALS.indexOf(a.signal) - EVICTION_SIGNALS.indexOf(b.signal))
}

/** A share of nothing or of everything is no threshold. */
function parseStatements(statements: Labels): Map<EvictionSignal, ThresholdValue> | Refusal {
  const values = new Map<EvictionSignal, ThresholdValue>()
  for (const [name, text] of Object.entries(statements)) {
    const signal = EVICTION_SIGNALS.find(known => known === name)
    if (signal === undefined) return { error: `unsupported eviction signal ${name}` }
    if (text === '0%' || text === '100%') continue
    const value = parseValue(text)
    if ('error' in value) return value
    if ('fraction' in value) {
      if (value.fraction < 0) return { error: `eviction percentage threshold ${name} must be >= 0%: ${text}` }
      if (value.fraction > 1)
        return { error: `eviction percentage threshold ${name} must be <= 100%: ${text}` }
    } else if (value.quantity.unscaled <= 0n) {
      return { error: `eviction threshold ${name} must be positive: ${text}` }
    }
    values.set(signal, value)
  }
  return values
}

function parseGracePeriods(periods: Labels): Map<string, number> | Refusal {
  const seconds = new Map<string, number>()
  for (const [name, text] of Object.entries(periods)) {
    if (!isSignal(name)) return { error: `unsupported eviction signal ${name}` }
    const nanos = parseGoDuration(text)
    if (typeof nanos !== 'bigint') return nanos
    if (nanos < 0n)
      return { error: `invalid eviction grace period specified: ${text}, must be a positive value` }
    seconds.set(name, Number(nanos) / NANOS_PER_SECOND)
  }
  return seconds
}

function parseMinimumReclaims(amounts: Labels): Map<string, ThresholdValue> | Refusal {
  const reclaims = new Map<string, ThresholdValue>()
  for (const [name, text] of Object.entries(amounts)) {
    if (!isSignal(name)) return { error: `unsupported eviction signal ${name}` }
    const value = parseValue(text)
    if ('error' in value) return value
    const isNegative = 'fraction' in value ? value.fraction < 0 : value.quantity.unscaled < 0n
    if (isNegative) return { error: `negative eviction minimum reclaim specified for ${name}` }
    reclaims.set(name, value)
  }
  return reclaims
}

function isSignal(name: string): name is EvictionSignal {
  return EVICTION_SIGNALS.some(known => known === name)
}

function parseValue(text: string): ThresholdValue | Refusal {
  if (text.endsWith('%')) return { fraction: Math.fround(Math.fround(Number(text.slice(0, -1))) / 100) }
  const quantity = readQuantity(text)
  return 'error' in quantity ? quantity : { quantity }
}
