import type { AnyPlugin } from '../framework/define-plugin.js'
import { POLICIES } from '../policies/index.js'
import { defaultBinder } from './default-binder.js'
import { defaultPreemption } from './default-preemption.js'
import { dynamicResources } from './dynamic-resources.js'
import { gangScheduling } from './gang-scheduling.js'
import { gpuSharing } from './gpu-sharing.js'

import { imageLocality } from './image-locality.js'
import { interPodAffinity } from './inter-pod-affinity.js'
import { nodeAffinity } from './node-affinity.js'
import { nodeDeclaredFeatures } from './node-declared-features.js'
import { nodeName } from './node-name.js'
import { nodePorts } from './node-ports.js'
import { nodeResourcesBalancedAllocation } from './node-resources-balanced-allocation.js'
import { nodeResourcesFit } from './node-resources-fit.js'
import { nodeUnschedulable } from './node-unschedulable.js'
import { nodeVolumeLimits } from './node-volume-limits.js'
import { podTopologySpread } from './pod-topology-spread.js'
import { prioritySort } from './priority-sort.js'
import { schedulingGates } from './scheduling-gates.js'
import { taintToleration } from './taint-toleration.js'
import { volumeBinding } from './volume-binding.js'
import { volumeRestrictions } from './volume-restrictions.js'
import { volumeZone } from './volume-zone.js'

/** Every plugin there is; one line each. Which are on, and in what order, is a profile's business. */
export const PLUGINS: readonly AnyPlugin[] = [
  defaultBinder,
  defaultPreemption,
  dynamicResources,
  gpuSharing,
  gangScheduling,
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
  nodeVolumeLimits,
  prioritySort,
  schedulingGates,
  taintToleration,
  volumeBinding,
  volumeRestrictions,
  volumeZone,
  ...POLICIES,
]
