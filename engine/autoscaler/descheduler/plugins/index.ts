import type { ViewedNode } from '../cluster-view.js'
import type { PluginHandle } from '../plugin.js'
import { highNodeUtilization } from './high-node-utilization.js'
import { lowNodeUtilization } from './low-node-utilization.js'
import { podLifeTime } from './pod-life-time.js'
import { removeDuplicates } from './remove-duplicates.js'
import { removeFailedPods } from './remove-failed-pods.js'
import { removePodsHavingTooManyRestarts } from './remove-pods-having-too-many-restarts.js'
import { removePodsViolatingInterPodAntiAffinity } from './remove-pods-violating-inter-pod-anti-affinity.js'
import { removePodsViolatingNodeAffinity } from './remove-pods-violating-node-affinity.js'
import { removePodsViolatingNodeTaints } from './remove-pods-violating-node-taints.js'
import { removePodsViolatingTopologySpreadConstraint } from './remove-pods-violating-topology-spread-constraint.js'

interface DeschedulerPlugin {
  readonly point: 'deschedule' | 'balance'
  /** @param args validated arguments of this plugin */
  run(args: object, handle: PluginHandle, nodes: readonly ViewedNode[]): void
}

/** Every plugin by its name; one line each. */
export const DESCHEDULER_PLUGINS: ReadonlyMap<string, DeschedulerPlugin> = new Map(
  Object.entries({
    HighNodeUtilization: { point: 'balance', run: highNodeUtilization },
    LowNodeUtilization: { point: 'balance', run: lowNodeUtilization },
    PodLifeTime: { point: 'deschedule', run: podLifeTime },
    RemoveDuplicates: { point: 'balance', run: removeDuplicates },
    RemoveFailedPods: { point: 'deschedule', run: removeFailedPods },
    RemovePodsHavingTooManyRestarts: { point: 'deschedule', run: removePodsHavingTooManyRestarts },
    RemovePodsViolatingInterPodAntiAffinity: {
      point: 'deschedule',
      run: removePodsViolatingInterPodAntiAffinity,
    },
    RemovePodsViolatingNodeAffinity: { point: 'deschedule', run: removePodsViolatingNodeAffinity },
    RemovePodsViolatingNodeTaints: { point: 'deschedule', run: removePodsViolatingNodeTaints },
    RemovePodsViolatingTopologySpreadConstraint: {
      point: 'balance',
      run: removePodsViolatingTopologySpreadConstraint,
    },
  } satisfies Record<string, DeschedulerPlugin>),
)
