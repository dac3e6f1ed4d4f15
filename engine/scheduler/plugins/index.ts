import type { AnyPlugin } from '../framework/define-plugin.js'
import { defaultBinder } from './default-binder.js'
import { defaultPreemption } from './default-preemption.js'
import { imageLocality } from './image-locality.js'
import { interPodAffinity } from './inter-pod-affinity.js'
import { nodeAffinity } from './node-affinity.js'
import { nodeDeclaredFeatures } from './node-declared-features.js'
import { nodeName } from './node-name.js'
import { nodePorts } from './node-ports.js'
import { nodeResourcesBalancedAllocation } from './node-resources-balanced-allocation.js'
import { nodeResourcesFit } from './node-resources-fit.js'
import { nodeUnschedulable } from './node-unschedulable.js'
import { podTopologySpread } from './pod-topology-spread.js'
import { prioritySort } from './priority-sort.js'
import { schedulingGates } from './scheduling-gates.js'
import { taintToleration } from './taint-toleration.js'

/** Every plugin there is; one line each. Which are on, and in what order, is a profile's business. */
export const PLUGINS: readonly AnyPlugin[] = [
  defaultBinder,
  defaultPreemption,
  imageLocality,
  interPodAffinity,
  nodeAffinity,
  nodeDeclaredFeatures,
  nodeName,
  nodePorts,
  nodeResourcesBalancedAllocation,
  nodeResourcesFit,
  nodeUnschedulable,
  podTopologySpread,
  prioritySort,
  schedulingGates,
  taintToleration,
]
