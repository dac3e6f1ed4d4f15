import { ClusterCounts } from '../counts/cluster-counts.js'
import { definePlugin } from '../framework/define-plugin.js'
import { interPodAffinityEvents } from './events/inter-pod-affinity.js'
import { AffinityPlans } from './inter-pod-affinity/affinity-plans.js'
import { PreferredAffinity } from './inter-pod-affinity/preferred-affinity.js'
import { RequiredAffinity } from './inter-pod-affinity/required-affinity.js'

/**
 * Places pods near to or apart from other pods, as the affinity terms of either ask.
 *
 * Upstream: pkg/scheduler/framework/plugins/interpodaffinity (1.36), gates at their defaults.
 * Simplified: nothing known.
 */
export const interPodAffinity = definePlugin({
  name: 'InterPodAffinity',
  about: 'Places pods near to or apart from other pods, as affinity and anti-affinity terms ask.',
  args: { hardPodAffinityWeight: 1, ignorePreferredTermsOfExistingPods: false },
  check: ({ hardPodAffinityWeight }) =>
    Number.isInteger(hardPodAffinityWeight) && hardPodAffinityWeight >= 0 && hardPodAffinityWeight <= 100
      ? []
      : [`hardPodAffinityWeight is an integer from 0 to 100, not ${hardPodAffinityWeight}`],
  create(handle, args) {
    const counts = ClusterCounts.of(handle.snapshot)
    const plans = new AffinityPlans(counts)
    const required = new RequiredAffinity(counts, plans, handle)
    const preferred = new PreferredAffinity(counts, plans, args)
    return {
      preFilter: cycle => required.preFilter(cycle),
      filter: (cycle, nodes) => required.filter(cycle, nodes),
      addPod: (cycle, pod, node) => required.change(cycle, pod, node, 1),
      removePod: (cycle, pod, node) => required.change(cycle, pod, node, -1),
      preScore: cycle => preferred.preScore(cycle),
      score: (cycle, nodes, scores) => preferred.score(cycle, nodes, scores),
      normalize: (cycle, nodes, scores) => preferred.normalize(cycle, nodes, scores),
      events: interPodAffinityEvents(handle),
    }
  },
})
