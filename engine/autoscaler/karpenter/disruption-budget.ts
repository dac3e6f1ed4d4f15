/**
 * Disruption budgets of a Karpenter NodePool: how many of its nodes may be disrupted at once, and for which reason.
 * Upstream: Karpenter core 1.15, pkg/apis/v1/nodepool.go (GetAllowedDisruptionsByReason, IsActive) and
 * pkg/controllers/disruption/helpers.go (BuildDisruptionBudgetMapping).
 * Simplified: a duration that cannot be read, which the API server refuses, closes the pool like a bad schedule.
 */
import { NEVER, SECOND } from '../../kernel/time.js'
import { type CronSchedule, parseCron } from '../../model/cron.js'
import { nextCronTime } from '../../model/cron-next.js'
import { parseGoDuration } from '../../model/go-duration.js'
import { atoi } from '../../model/go-integer.js'
import { Rounding, readIntOrPercent } from '../../model/int-or-percent.js'
import { UTC } from '../../model/zone-table.js'

export const DisruptionReason = {
  Underutilized: 'Underutilized',
  Empty: 'Empty',
  Drifted: 'Drifted',
} as const
export type DisruptionReason = (typeof DisruptionReason)[keyof typeof DisruptionReason]

/** One of `spec.disruption.budgets`, in the field names of the API. */
export interface DisruptionBudget {
  /** A number, or a share of the pool's nodes: `3`, `10%`. */
  readonly nodes: string
  /** Absent: all reasons. */
  readonly reasons?: readonly string[]
  /** With `duration`: when the budget begins to apply, in UTC, and for how long. Both absent: always. */
  readonly schedule?: string
  readonly duration?: string
}

/** What the budgets look at in a node of the pool that has a NodeClaim. */
export interface BudgetedNode {
  readonly isInitialized: boolean
  /** The machine is being terminated already: the NodeClaim's condition InstanceTerminating. */
  readonly isTerminating: boolean
  readonly isReady: boolean
  readonly isMarkedForDeletion: boolean
}

/** What a budget allows that does not apply now, and a pool without budgets: the largest 32-bit integer. */
export const UNLIMITED_DISRUPTIONS = 2 ** 31 - 1

interface ReadBudget {
  readonly nodes: number | string
  readonly reasons: readonly string[] | undefined
  readonly window: Window | undefined
}

interface Window {
  readonly schedule: CronSchedule
  readonly durationMicros: number
}

/** The budgets of one pool, their texts read once. */
export class DisruptionBudgets {
  /** Undefined when one of them cannot be read: then nothing may be disrupted, for whatever reason. */
  readonly #budgets: readonly ReadBudget[] | undefined

  constructor(budgets: readonly DisruptionBudget[]) {
    const read: ReadBudget[] = []
    let isReadable = true
    for (const budget of budgets) {
      const window = windowOf(budget)
      if (window === 'unreadable') isReadable = false
      else read.push({ nodes: numberOrText(budget.nodes), reasons: budget.reasons, window })
    }
    this.#budgets = isReadable ? read : undefined
  }

  /**
   * The least that the budgets active now allow for the reason.
   * @param wallMicros microseconds since 1970
   */
  allowed(reason: DisruptionReason, nodeCount: number, wallMicros: number): number {
    if (this.#budgets === undefined) return 0
    let least = UNLIMITED_DISRUPTIONS
    for (const { nodes, reasons, window } of this.#budgets) {
      if (window !== undefined && !isActive(window, wallMicros)) continue
      const allowed = readIntOrPercent(nodes, nodeCount, Rounding.Up)
      // A share that cannot be read closes the pool, even if the budget is for other reasons.
      if (typeof allowed !== 'number') return 0
      if (reasons === undefined || reasons.includes(reason)) least = Math.min(least, allowed)
    }
    return least
  }

  /** When time alone may next change what is allowed, in microseconds since 1970; undefined: never. */
  nextChange(wallMicros: number): number | undefined {
    const boundaries = (this.#budgets ?? []).flatMap(({ window }) => {
      const boundary = window === undefined ? undefined : nextBoundary(window, wallMicros)
      return boundary ?? []
    })
    return boundaries.length === 0 ? undefined : Math.min(...boundaries)
  }

  /** What is left of that: nodes which are not ready or about to go have used it up already. */
  left(reason: DisruptionReason, nodes: readonly BudgetedNode[], wallMicros: number): number {
    let counted = 0
    let disrupted = 0
    for (const { isInitialized, isTerminating, isReady, isMarkedForDeletion } of nodes) {
      // Replacements that are still coming up must not raise what a percentage allows.
      if (!isInitialized || isTerminating) continue
      counted++
      if (!isReady || isMarkedForDeletion) disrupted++
    }
    return Math.max(this.allowed(reason, counted, wallMicros) - disrupted, 0)
  }
}

/** When windows next open or close, which is as much as time alone can change; undefined: never. */
function nextBoundary({ schedule, durationMicros }: Window, wallMicros: number): number | undefined {
  const from = nextCronTime(schedule, (wallMicros - durationMicros) / SECOND, UTC)
  if (from === undefined) return undefined
  const next = nextCronTime(schedule, wallMicros / SECOND, UTC)
  const boundaries = [from * SECOND + durationMicros, next === undefined ? NEVER : next * SECOND]
  const coming = boundaries.filter(boundary => boundary > wallMicros && boundary !== NEVER)
  return coming.length === 0 ? undefined : Math.min(...coming)
}

function numberOrText(nodes: string): number | string {
  const number = atoi(nodes)
  return typeof number === 'number' ? number : nodes
}

function windowOf({ schedule, duration }: DisruptionBudget): Window | undefined | 'unreadable' {
  if (schedule === undefined && duration === undefined) return undefined
  // The prefix comes first, so it is the only zone ever asked for.
  const parsed = parseCron(`TZ=UTC ${schedule ?? ''}`, () => UTC)
  const nanos = duration === undefined ? 0n : parseGoDuration(duration)
  if ('error' in parsed || typeof nanos !== 'bigint') return 'unreadable'
  return { schedule: parsed, durationMicros: Number(nanos) / 1000 }
}

/** Whether the schedule was due within the duration before now: exactly now counts, exactly the duration ago not. */
function isActive({ schedule, durationMicros }: Window, wallMicros: number): boolean {
  const due = nextCronTime(schedule, (wallMicros - durationMicros) / SECOND, UTC)
  // A schedule that is never due (a 30th of February) yields the year 1 upstream, which is past: always active.
  return due === undefined || due * SECOND <= wallMicros
}
