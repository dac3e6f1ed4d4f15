import { definePlugin } from '../framework/define-plugin.js'
import { MAX_SCORE } from '../framework/normalize.js'
import { OK, SKIP } from '../framework/status.js'
import { DEFAULT_SCORED_RESOURCES, ScoredDemands, scoredResourceErrors } from './scored-resources.js'

const HALF = MAX_SCORE / 2

/**
 * Prefers nodes whose resources the pod brings closer to one another: 50 to 100, more the more even the shares in use
 * become with it. True requests count here, without the defaults of the other resource score.
 *
 * Upstream: pkg/scheduler/framework/plugins/noderesources/balanced_allocation.go (1.36).
 * Simplified: nothing known.
 */
export const nodeResourcesBalancedAllocation = definePlugin({
  name: 'NodeResourcesBalancedAllocation',
  about: 'Prefers nodes that the pod leaves with evenly used resources.',
  args: { resources: DEFAULT_SCORED_RESOURCES },
  check: ({ resources }) => scoredResourceErrors(resources, 1),
  create({ snapshot, state }, { resources }) {
    const demands = new ScoredDemands(resources, state.resources, false)
    const before = new Float64Array(resources.length)
    const after = new Float64Array(resources.length)
    return {
      preScore: ({ shape }) => (demands.of(shape).asksNothing ? SKIP : OK),
      score({ shape }, { ids, length }, scores) {
        const { columns, amounts } = demands.of(shape)
        const { allocatable, requested, width } = snapshot
        for (let i = 0; i < length; i++) {
          const row = ids[i] * width
          let count = 0
          for (let r = 0; r < columns.length; r++) {
            const capacity = allocatable[row + columns[r]]
            if (capacity === 0) continue
            const used = requested[row + columns[r]]
            const share = used / capacity
            const shareAfter = (used + amounts[r]) / capacity
            before[count] = share > 1 ? 1 : share
            after[count++] = shareAfter > 1 ? 1 : shareAfter
          }
          const change = evenness(after, count) - evenness(before, count)
          scores[i] = HALF + Math.floor((HALF + change) / 2)
        }
      },
      scoresRow: true,
    }
  },
})

/** 100 less the standard deviation in percent, cut down to a whole number. */
function evenness(shares: Float64Array, count: number): number {
  return Math.floor((1 - deviation(shares, count)) * MAX_SCORE)
}

function deviation(shares: Float64Array, count: number): number {
  if (count < 2) return 0
  if (count === 2) return Math.abs((shares[0] - shares[1]) / 2)
  let sum = 0
  for (let i = 0; i < count; i++) sum += shares[i]
  const mean = sum / count
  let squares = 0
  for (let i = 0; i < count; i++) squares += (shares[i] - mean) * (shares[i] - mean)
  return Math.sqrt(squares / count)
}
