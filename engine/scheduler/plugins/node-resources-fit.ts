import { PODS } from '../../state/resource-names.js'
import { definePlugin } from '../framework/define-plugin.js'
import { Action } from '../framework/interface.js'
import type { NodeList } from '../framework/node-list.js'
import type { PodShape } from '../framework/pod-shape.js'
import type { Snapshot } from '../framework/snapshot.js'
import { type Code, OK, type RejectionId } from '../framework/status.js'
import { type ShapePoint, shapeErrors } from './allocation-score.js'
import { AllocationScorer, STRATEGIES } from './allocation-scorer.js'
import { hasDeviceClass } from './extended-resource-class.js'
import { type FitDemand, fitDemandOf, Shortage } from './fit-demand.js'
import { mayFitAfterDeviceClassEvent, mayFitAfterNodeEvent, mayFitAfterPodEvent } from './fit-hints.js'
import { DEFAULT_SCORED_RESOURCES, scoredResourceErrors } from './scored-resources.js'

const MAX_WEIGHT = 100

/**
 * Rejects nodes without room for the pod, naming everything that is missing, and scores how full nodes would be.
 *
 * Upstream: pkg/scheduler/framework/plugins/noderesources/fit.go (1.36).
 * Simplified: device classes, which may provide an extended resource in a node's stead, are known at once.
 */
export const nodeResourcesFit = definePlugin({
  name: 'NodeResourcesFit',
  about: 'Rejects nodes without room for the pod; prefers empty nodes, or full ones if told so.',
  args: {
    ignoredResources: [] as readonly string[],
    ignoredResourceGroups: [] as readonly string[],
    scoringStrategy: {
      type: 'LeastAllocated',
      resources: DEFAULT_SCORED_RESOURCES,
      requestedToCapacityRatio: { shape: [] as readonly ShapePoint[] },
    },
  },
  check({ scoringStrategy: { type, resources, requestedToCapacityRatio } }) {
    const errors = scoredResourceErrors(resources, MAX_WEIGHT)
    if (!STRATEGIES.has(type)) errors.push(`there is no scoring strategy "${type}"`)
    if (type === 'RequestedToCapacityRatio') errors.push(...shapeErrors(requestedToCapacityRatio.shape))
    return errors
  },
  create(handle, { ignoredResources, ignoredResourceGroups, scoringStrategy }) {
    const { snapshot, state } = handle
    const settings = {
      names: state.resources,
      ignoredResources,
      ignoredResourceGroups,
      reason: (texts: readonly string[], code: Code) => handle.reason(texts, code),
    }
    const demands: FitDemand[] = []
    const demandOf = (shape: PodShape): FitDemand =>
      (demands[shape.templateId] ??= fitDemandOf(shape, settings))
    const scorer = new AllocationScorer(scoringStrategy, state.resources)
    return {
      preFilter({ shape }) {
        const { hasExtended, extended, delegated } = demandOf(shape)
        if (!hasExtended) return OK
        for (let i = 0; i < extended.length; i++) {
          const name = extended[i]
          delegated[i] = name !== undefined && hasDeviceClass(state, name) ? 1 : 0
        }
        return OK
      },
      filter({ shape }, nodes) {
        keepFitting(snapshot, demandOf(shape), nodes)
      },
      // Where a device class stands in for an extended resource, more counts than the row.
      followsRow: shape => !demandOf(shape).delegated.includes(1),
      score({ shape }, nodes, scores) {
        scorer.score(snapshot, shape, nodes, scores)
      },
      scoresRow: true,
      events: [
        {
          resource: 'Pod',
          actions: Action.Delete | Action.UpdatePodScaleDown,
          hint: (pod, event) => mayFitAfterPodEvent(state, pod, event),
        },
        {
          resource: 'Node',
          actions: Action.Add | Action.UpdateNodeAllocatable,
          hint: (pod, event) => mayFitAfterNodeEvent(state, pod, event),
        },
        {
          resource: 'DeviceClass',
          actions: Action.Add | Action.Update,
          hint: (pod, event) => mayFitAfterDeviceClassEvent(state, pod, event),
        },
      ],
    }
  },
})

function keepFitting(snapshot: Snapshot, demand: FitDemand, nodes: NodeList): void {
  const { allocatable, requested, podCount, width } = snapshot
  const { columns, amounts } = demand
  const { ids, reason, length } = nodes
  const asked = columns.length
  // Nearly all pods ask for one or two resources: those are looked at without a loop.
  const first = asked > 0 ? columns[0] : PODS
  const second = asked > 1 ? columns[1] : first
  const firstAmount = asked > 0 ? amounts[0] : -Infinity
  const secondAmount = asked > 1 ? amounts[1] : firstAmount
  let kept = 0
  // Neighbours mostly lack the same.
  let lastShortage = 0
  let rejection: RejectionId | 0 = 0
  for (let i = 0; i < length; i++) {
    const node = ids[i]
    const row = node * width
    let fits =
      podCount[node] < allocatable[row + PODS] &&
      firstAmount <= allocatable[row + first] - requested[row + first] &&
      secondAmount <= allocatable[row + second] - requested[row + second]
    for (let r = 2; fits && r < asked; r++) {
      const at = row + columns[r]
      fits = amounts[r] <= allocatable[at] - requested[at]
    }
    const shortage = fits ? 0 : shortageOf(snapshot, demand, node)
    if (shortage === 0) {
      ids[kept++] = node
      continue
    }
    if (shortage !== lastShortage) {
      lastShortage = shortage
      rejection = demand.rejectionFor(shortage)
    }
    reason[node] = rejection
  }
  nodes.length = kept
}

/** Everything a node lacks; nothing when a device class stands in for what was found missing. */
function shortageOf(snapshot: Snapshot, demand: FitDemand, node: number): number {
  const { allocatable, requested, podCount, width } = snapshot
  const { columns, amounts, delegated } = demand
  const row = node * width
  let shortage = podCount[node] < allocatable[row + PODS] ? 0 : Shortage.PodSlot
  let isTooSmall = false
  let bit: number = Shortage.FirstResource
  for (let r = 0; r < columns.length; r++, bit *= 2) {
    const at = row + columns[r]
    if (amounts[r] <= allocatable[at] - requested[at]) continue
    if (delegated[r] === 1 && allocatable[at] === 0) continue
    shortage += bit
    if (amounts[r] > allocatable[at]) isTooSmall = true
  }
  return isTooSmall ? shortage + Shortage.Size : shortage
}
