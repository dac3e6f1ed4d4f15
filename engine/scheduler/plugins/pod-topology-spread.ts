import type { TopologySpreadConstraint } from '../../model/pod-spec.js'
import type { ObjectId, PodId } from '../../state/ids.js'
import { ClusterCounts } from '../counts/cluster-counts.js'
import { definePlugin } from '../framework/define-plugin.js'
import { type HardConstraint, podTopologySpreadEvents } from './events/pod-topology-spread.js'
import { HOSTNAME } from './pod-topology-spread/constraints.js'
import { HardSpread } from './pod-topology-spread/hard-spread.js'
import { SoftSpread } from './pod-topology-spread/soft-spread.js'
import { SpreadPlans } from './pod-topology-spread/spread-plans.js'

const SYSTEM_DEFAULTS: readonly TopologySpreadConstraint[] = [
  { topologyKey: HOSTNAME, whenUnsatisfiable: 'ScheduleAnyway', maxSkew: 3 },
  { topologyKey: 'topology.kubernetes.io/zone', whenUnsatisfiable: 'ScheduleAnyway', maxSkew: 5 },
]

interface PodTopologySpreadArgs {
  readonly defaultingType: string
  readonly defaultConstraints: readonly TopologySpreadConstraint[]
}

const ARGS: PodTopologySpreadArgs = { defaultingType: 'System', defaultConstraints: [] }

/**
 * Spreads pods that are alike over zones, nodes or whatever their constraints name.
 *
 * Upstream: pkg/scheduler/framework/plugins/podtopologyspread (1.36), gates at their defaults.
 * Simplified: nothing known.
 */
export const podTopologySpread = definePlugin({
  name: 'PodTopologySpread',
  about: 'Spreads pods that are alike evenly over topology domains.',
  args: ARGS,
  check: argumentFaults,
  create(handle, { defaultingType, defaultConstraints }) {
    const counts = ClusterCounts.of(handle.snapshot)
    const areSystem = defaultingType === 'System'
    const defaults = { constraints: areSystem ? SYSTEM_DEFAULTS : defaultConstraints, areSystem }
    const hard = new HardSpread(new SpreadPlans(counts, 'DoNotSchedule', defaults), handle)
    const hardDefaults = defaults.constraints.filter(
      ({ whenUnsatisfiable }) => whenUnsatisfiable === 'DoNotSchedule',
    )
    const hardDefaultsOf = (pod: PodId): HardConstraint[] => {
      if (hardDefaults.length === 0) return []
      const owner = handle.state.pods.owner[pod] as ObjectId
      const selector = counts.defaultSelectors.of(handle.shapeOf(pod), owner)
      if (selector === undefined) return []
      return hardDefaults.map(({ topologyKey, nodeTaintsPolicy }) => ({
        topologyKey,
        selector,
        honorsTaints: nodeTaintsPolicy === 'Honor',
      }))
    }
    const soft = new SoftSpread(new SpreadPlans(counts, 'ScheduleAnyway', defaults))
    return {
      preFilter: cycle => hard.preFilter(cycle),
      filter: (cycle, nodes) => hard.filter(cycle, nodes),
      addPod: (cycle, pod, node) => hard.change(cycle, pod, node, 1),
      removePod: (cycle, pod, node) => hard.change(cycle, pod, node, -1),
      preScore: (cycle, nodes) => soft.preScore(cycle, nodes),
      score: (cycle, nodes, scores) => soft.score(cycle, nodes, scores),
      normalize: (cycle, nodes, scores) => soft.normalize(cycle, nodes, scores),
      events: podTopologySpreadEvents(handle, hardDefaultsOf),
    }
  },
})

/** Upstream: ValidatePodTopologySpreadArgs of pkg/scheduler/apis/config/validation (1.36). */
function argumentFaults({ defaultingType, defaultConstraints }: PodTopologySpreadArgs): string[] {
  const faults: string[] = []
  if (defaultingType !== 'System' && defaultingType !== 'List') {
    faults.push(`defaultingType is System or List, not "${defaultingType}"`)
  }
  if (defaultingType === 'System' && defaultConstraints.length > 0) {
    faults.push('defaultConstraints need defaultingType: List')
  }
  const seen = new Set<string>()
  for (const [i, constraint] of defaultConstraints.entries()) {
    const { maxSkew, topologyKey, whenUnsatisfiable, labelSelector } = constraint
    const place = `defaultConstraints[${i}]`
    if (!(Number.isInteger(maxSkew) && maxSkew > 0)) faults.push(`${place}.maxSkew is not a positive integer`)
    if (typeof topologyKey !== 'string' || topologyKey === '') faults.push(`${place} names no topologyKey`)
    if (whenUnsatisfiable !== 'DoNotSchedule' && whenUnsatisfiable !== 'ScheduleAnyway') {
      faults.push(`${place}.whenUnsatisfiable is DoNotSchedule or ScheduleAnyway`)
    }
    if (labelSelector !== undefined)
      faults.push(`${place} may not have a labelSelector: the pod's owner gives it`)
    const pair = `${topologyKey} ${whenUnsatisfiable}`
    if (seen.has(pair)) faults.push(`${place} repeats ${pair}`)
    seen.add(pair)
  }
  return faults
}
