/**
 * One pass of the descheduler: for each profile its plugins of the point `deschedule`, then those of `balance`, under
 * common limits.
 * Upstream: runProfiles of pkg/descheduler/descheduler.go, pkg/framework/profile/profile.go of the descheduler 0.36.0.
 * Simplified: plugins of one point run in the order in which they are listed, where upstream's is that of a hash set.
 */
import type { DeschedulerPolicy, DeschedulerProfile } from '../../model/descheduler.js'
import { parseSelector } from '../../model/selector-text.js'
import type { ClusterView, ViewedNode, ViewedPod } from './cluster-view.js'
import { DefaultEvictor } from './default-evictor.js'
import { EvictionLimits, type Limits } from './eviction-limits.js'
import type { PluginHandle } from './plugin.js'
import { DESCHEDULER_PLUGINS } from './plugins/index.js'

const DEFAULT_EVICTOR = 'DefaultEvictor'
const POINTS = ['deschedule', 'balance'] as const

/** @param ask asks the API to evict a pod for a plugin, and answers whether it did */
export function runPolicy(
  policy: DeschedulerPolicy,
  cluster: ClusterView,
  ask: (pod: ViewedPod, plugin: string) => boolean,
): void {
  const nodes = nodesOf(policy, cluster)
  if (nodes.length <= 1) return
  const limits = new EvictionLimits(limitsOf(policy))
  for (const point of POINTS) {
    for (const profile of policy.profiles ?? []) {
      const evictor = new DefaultEvictor(cluster, argsOf(profile, DEFAULT_EVICTOR))
      for (const name of enabledPlugins(profile, point)) {
        const handle: PluginHandle = {
          cluster,
          filter: pod => evictor.filter(pod),
          preEvictionFilter: pod => evictor.preEvictionFilter(pod),
          evict: pod => limits.evict(pod, evicted => ask(evicted, name)),
        }
        DESCHEDULER_PLUGINS.get(name)?.run(argsOf(profile, name), handle, nodes)
      }
    }
  }
}

/** Plugins of a profile that are switched on at a point and not off again. */
export function enabledPlugins({ plugins }: DeschedulerProfile, point: (typeof POINTS)[number]): string[] {
  const { enabled = [], disabled = [] } = plugins?.[point] ?? {}
  return [...new Set(enabled)].filter(name => !disabled.includes(name))
}

function argsOf({ pluginConfig = [] }: DeschedulerProfile, plugin: string): object {
  return pluginConfig.find(({ name }) => name === plugin)?.args ?? {}
}

function nodesOf({ nodeSelector = '' }: DeschedulerPolicy, { nodes }: ClusterView): ViewedNode[] {
  const selector = parseSelector(nodeSelector)
  return nodes.filter(({ isReady, labels }) => isReady && !('error' in selector) && selector.matches(labels))
}

function limitsOf(policy: DeschedulerPolicy): Limits {
  const { maxNoOfPodsToEvictPerNode, maxNoOfPodsToEvictPerNamespace, maxNoOfPodsToEvictTotal } = policy
  return {
    ...(maxNoOfPodsToEvictPerNode === undefined ? {} : { perNode: maxNoOfPodsToEvictPerNode }),
    ...(maxNoOfPodsToEvictPerNamespace === undefined ? {} : { perNamespace: maxNoOfPodsToEvictPerNamespace }),
    ...(maxNoOfPodsToEvictTotal === undefined ? {} : { total: maxNoOfPodsToEvictTotal }),
  }
}
