import type { CompiledSelector } from '../../../model/labels.js'
import type { TopologySpreadConstraint } from '../../../model/pod-spec.js'
import type { ObjectId } from '../../../state/ids.js'
import type { ClusterCounts } from '../../counts/cluster-counts.js'
import type { Cycle } from '../../framework/interface.js'
import type { PodShape } from '../../framework/pod-shape.js'
import { readyConstraints, type SpreadConstraint } from './constraints.js'

/** The constraints of one kind that a pod shape has, with the counts they read. */
export interface SpreadPlan {
  readonly constraints: readonly SpreadConstraint[]
  /** Whether a node must have the keys of all constraints to count. */
  readonly requireAllKeys: boolean
}

interface KeptPlan {
  readonly plan: SpreadPlan
  readonly epoch: number
  /** What default constraints were made for. */
  readonly selector: CompiledSelector | undefined
}

export interface SpreadDefaults {
  readonly constraints: readonly TopologySpreadConstraint[]
  /** The built-in ones, which do not ask nodes for all keys. */
  readonly areSystem: boolean
}

const NO_PLAN: SpreadPlan = { constraints: [], requireAllKeys: true }

/**
 * The constraints of a pod, hard or soft: its own, or the defaults if it has none at all and something selects it.
 * Kept by pod shape.
 *
 * Upstream: getConstraints and initPreScoreState of pkg/scheduler/framework/plugins/podtopologyspread (1.36).
 * Simplified: nothing known.
 */
export class SpreadPlans {
  readonly #counts: ClusterCounts
  readonly #action: TopologySpreadConstraint['whenUnsatisfiable']
  readonly #defaults: readonly TopologySpreadConstraint[]
  readonly #areSystem: boolean
  readonly #kept: (KeptPlan | undefined)[] = []

  constructor(
    counts: ClusterCounts,
    action: TopologySpreadConstraint['whenUnsatisfiable'],
    defaults: SpreadDefaults,
  ) {
    this.#counts = counts
    this.#action = action
    this.#defaults = defaults.constraints.filter(({ whenUnsatisfiable }) => whenUnsatisfiable === action)
    this.#areSystem = defaults.areSystem
  }

  of({ pod, shape, snapshot }: Cycle): SpreadPlan {
    const own = shape.template.spec.topologySpreadConstraints ?? []
    if (own.length > 0) return this.#plan(shape, own, undefined)
    if (this.#defaults.length === 0) return NO_PLAN
    const owner = snapshot.state.pods.owner[pod] as ObjectId
    const selector = this.#counts.defaultSelectors.of(shape, owner)
    return selector === undefined ? NO_PLAN : this.#plan(shape, this.#defaults, selector)
  }

  #plan(
    shape: PodShape,
    written: readonly TopologySpreadConstraint[],
    selector: CompiledSelector | undefined,
  ): SpreadPlan {
    const { epoch } = this.#counts
    let kept = this.#kept[shape.id]
    if (kept === undefined || kept.epoch !== epoch || kept.selector !== selector) {
      kept = { plan: this.#make(shape, written, selector), epoch, selector }
      this.#kept[shape.id] = kept
      // Asking for counts may have made others be given up, some just found among them: then once more.
      if (this.#counts.epoch !== epoch) return this.#plan(shape, written, selector)
    }
    const { plan } = kept
    for (let i = 0; i < plan.constraints.length; i++) {
      const { selection, table } = plan.constraints[i]
      this.#counts.touch(selection)
      table.fit()
    }
    return plan
  }

  #make(
    shape: PodShape,
    written: readonly TopologySpreadConstraint[],
    selector: CompiledSelector | undefined,
  ): SpreadPlan {
    const constraints = written.filter(({ whenUnsatisfiable }) => whenUnsatisfiable === this.#action)
    if (constraints.length === 0) return NO_PLAN
    const requireAllKeys = selector === undefined || !this.#areSystem
    const given = { constraints, requireAllKeys, ...(selector === undefined ? {} : { selector }) }
    return { constraints: readyConstraints(given, shape, this.#counts), requireAllKeys }
  }
}
