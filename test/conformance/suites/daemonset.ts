import { NodeRegistry } from '../../../engine/apiserver/node-registry.js'
import { daemonTemplate } from '../../../engine/controllers/daemonset/daemon-template.js'
import { Eligibility, eligibility } from '../../../engine/controllers/daemonset/node-eligibility.js'
import { rollingCounts } from '../../../engine/controllers/daemonset/rolling-counts.js'
import { Kernel } from '../../../engine/kernel/kernel.js'
import type { Labels, PodSpec } from '../../../engine/model/pod-spec.js'
import type { Taint } from '../../../engine/model/taints.js'
import { defaultDaemonSetSpec } from '../../../engine/model/workload-defaults.js'
import type { DaemonSetUpdateStrategy } from '../../../engine/model/workloads.js'
import { ClusterState } from '../../../engine/state/cluster-state.js'
import type { NodeId } from '../../../engine/state/ids.js'
import { type Suite, suiteOfKinds } from '../suite.js'

interface GivenShouldRun {
  readonly node: {
    readonly name: string
    readonly labels: Labels
    readonly taints?: readonly Taint[]
    readonly unschedulable: boolean
  }
  readonly template: Omit<PodSpec, 'containers'>
}

interface GivenCounts {
  readonly desiredNumberScheduled: number
  readonly updateStrategy: Partial<DaemonSetUpdateStrategy>
}

/** Which nodes a DaemonSet takes, what its pods tolerate, and how far its rolling updates go. */
export const daemonsetSuite: Suite = suiteOfKinds('daemonset', {
  shouldRun({ node: { taints = [], ...node }, template }: GivenShouldRun) {
    const state = new ClusterState()
    const draft = { ...node, taints, capacity: {}, allocatable: {}, images: new Map(), pool: -1 }
    const row = new NodeRegistry(new Kernel({ seed: 'daemonset' }), state).create(draft) as NodeId
    const spec = { ...template, containers: [{ name: 'main', image: 'app' }] }
    const verdict = eligibility(state, row, { metadata: { labels: {}, annotations: {} }, spec })
    const { tolerations } = daemonTemplate({ metadata: { labels: {}, annotations: {} }, spec }, 'hash').spec
    return {
      podTolerations: tolerations,
      shouldContinueRunning: verdict !== Eligibility.None,
      shouldRun: verdict === Eligibility.Run,
    }
  },

  rollingCounts({ desiredNumberScheduled, updateStrategy }: GivenCounts) {
    const strategy = defaultDaemonSetSpec({ updateStrategy }).updateStrategy
    const defaulted = strategy.type === 'RollingUpdate' ? strategy.rollingUpdate : undefined
    return { defaulted, ...rollingCounts(strategy, desiredNumberScheduled) }
  },
})
