import type { PluginSet } from './profile.js'

/**
 * The plugins kube-scheduler enables by default, in the order in which they are called at every point, with the weights
 * of the scorers. Upstream: pkg/scheduler/apis/config/v1/default_plugins.go (1.36), gates at their defaults.
 * Simplified: nothing known.
 */
export const DEFAULT_PLUGINS: PluginSet = {
  name: 'default',
  about: "kube-scheduler's own default profile: LeastAllocated",
  plugins: [
    { name: 'SchedulingGates' },
    { name: 'PrioritySort' },
    { name: 'NodeUnschedulable' },
    { name: 'NodeName' },
    { name: 'TaintToleration', weight: 3 },
    { name: 'NodeAffinity', weight: 2 },
    { name: 'NodePorts' },
    { name: 'NodeResourcesFit', weight: 1 },
    { name: 'VolumeRestrictions' },
    { name: 'NodeVolumeLimits' },
    { name: 'VolumeBinding' },
    { name: 'VolumeZone' },
    { name: 'PodTopologySpread', weight: 2 },
    { name: 'InterPodAffinity', weight: 2 },
    { name: 'DynamicResources', weight: 2 },
    { name: 'NodeDeclaredFeatures' },
    { name: 'DefaultPreemption' },
    { name: 'NodeResourcesBalancedAllocation', weight: 1 },
    { name: 'ImageLocality', weight: 1 },
    { name: 'DefaultBinder' },
  ],
}

/** The default profile with bin packing in place of spreading: NodeResourcesFit by MostAllocated. */
export const MOST_ALLOCATED: PluginSet = {
  ...DEFAULT_PLUGINS,
  name: 'most-allocated',
  about: 'the default profile with NodeResourcesFit scoring by MostAllocated: bin packing',
  pluginConfig: { NodeResourcesFit: { scoringStrategy: { type: 'MostAllocated' } } },
}

/** The default profile with upstream's gates GenericWorkload and GangScheduling on. */
export const GANG_SCHEDULING: PluginSet = {
  name: 'gang-scheduling',
  about: 'the default profile, and pods of a PodGroup are scheduled together or not at all',
  plugins: [...DEFAULT_PLUGINS.plugins, { name: 'GangScheduling' }],
}

/** What the default profile allows, chosen by one scorer alone among all nodes. */
function byPolicy(name: string, scorer: string, about: string): PluginSet {
  const plugins = [...DEFAULT_PLUGINS.plugins, { name: scorer, weight: 1 }]
  return { name, about, plugins, scorers: [scorer], percentageOfNodesToScore: 100 }
}

/**
 * The default profile for clusters with shared GPUs, chosen by one scorer alone among all nodes and without preemption:
 * the rules under which the FGD paper compares policies (USENIX ATC '23).
 */
function byGpuPolicy(name: string, scorer: string, about: string): PluginSet {
  const { plugins, ...rest } = byPolicy(name, scorer, about)
  // In a full cluster it is GPUs that are short: asking for them first spares the longer search for all that is.
  return {
    ...rest,
    plugins: plugins.flatMap(plugin => {
      if (plugin.name === 'DefaultPreemption') return []
      return plugin.name === 'NodeResourcesFit' ? [{ name: 'GpuSharing' }, plugin] : [plugin]
    }),
  }
}

/** The named sets that a scenario's profile can start from. */
export const PLUGIN_SETS: readonly PluginSet[] = [
  DEFAULT_PLUGINS,
  MOST_ALLOCATED,
  GANG_SCHEDULING,
  byPolicy('bin-packing', 'BinPacking', 'the fullest node, by the mean share of what the pod asks for'),
  byPolicy('spreading', 'Spreading', 'the emptiest node, by the mean share of what the pod asks for'),
  byPolicy('random', 'RandomNode', 'any node that has room'),
  byPolicy('first-fit', 'FirstFit', 'the oldest node that has room'),
  byPolicy('dot-product', 'DotProduct', 'the node whose free resources fit the proportions of the pod'),
  byPolicy('best-fit', 'BestFit', 'the node with the least left over, in amounts'),
  byGpuPolicy('gpu-random', 'GpuRandom', 'shared GPUs: any node and any GPU that has room'),
  byGpuPolicy('gpu-dot-product', 'GpuDotProduct', 'shared GPUs: the node least aligned with the pod'),
  byGpuPolicy('gpu-clustering', 'GpuClustering', 'shared GPUs: nodes that run pods of the same size'),
  byGpuPolicy('gpu-packing', 'GpuPacking', 'shared GPUs: GPUs in use, then nodes in use, then idle nodes'),
  byGpuPolicy('gpu-best-fit', 'GpuBestFit', 'shared GPUs: the node with the least cpu and GPU left over'),
  byGpuPolicy('fgd', 'FragmentationGradientDescent', 'shared GPUs: the least added fragmentation (FGD)'),
]
