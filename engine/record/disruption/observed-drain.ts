/** What those who drain nodes tell: what they foresee, when a node's drain begins, and how it ends. */
import type { SimTime } from '../../kernel/time.js'

/** Something a drain cannot get past as long as nobody changes anything. */
export interface Blocker {
  readonly kind:
    | 'budget allows nothing'
    | 'budget cannot be computed'
    | 'several budgets'
    | 'unhealthy pods'
    | 'no room'
    | 'refused by kubectl'
  readonly namespace: string
  /** Empty where no budget has to do with it. */
  readonly budget: string
  /** Pods of the node that it keeps, as `namespace/name`. */
  readonly pods: readonly string[]
  /** Why, in a sentence without its full stop. */
  readonly reason: string
}

/** How the drain of a node ended. */
export type DrainOutcome = 'drained' | 'timed out' | 'refused' | 'failed'

export interface DrainSink {
  /** Before the first of its nodes is drained an operation foresees this about one of them. */
  drainForeseen(node: string, blockers: readonly Blocker[], at: SimTime): void
  /** @param drain tells the drains of a run apart. */
  drainBegan(drain: number, node: string, operation: string, blockers: readonly Blocker[], at: SimTime): void
  drainEnded(drain: number, outcome: DrainOutcome, left: readonly string[], at: SimTime): void
}
