/**
 * The filters of a profile over a snapshot of its own: what the cluster autoscaler asks about nodes that are not there
 * yet. The plugins are made anew, so that what they count is the other snapshot's.
 *
 * Upstream: cluster-autoscaler/simulator/framework/handle.go (cluster-autoscaler 1.36.1).
 * Simplified: nothing known.
 */

import type { ObjectRegistry } from '../apiserver/object-registry.js'
import { invariant } from '../kernel/invariant.js'
import type { SimTime } from '../kernel/time.js'
import type { SchedulerProfile } from '../model/simulation-model.js'
import { WallClock } from '../model/wall-clock.js'
import { PLUGIN_SETS } from './default-plugins.js'
import type { AnyPlugin } from './framework/define-plugin.js'
import type { FilterPlugins } from './framework/filter-run.js'
import type { Snapshot } from './framework/snapshot.js'
import { Code, Rejections } from './framework/status.js'
import { buildProfile, type EnabledPlugin } from './profile.js'

export interface FilterSettings {
  readonly profile: SchedulerProfile
  readonly plugins: readonly AnyPlugin[]
  readonly objects: ObjectRegistry
  readonly now: () => SimTime
}

/** The profile has been found without issues before. */
export function filterPlugins(snapshot: Snapshot, settings: FilterSettings): FilterPlugins {
  const { profile: chosen, plugins, objects, now } = settings
  const rejections = new Rejections()
  const set = PLUGIN_SETS.find(({ name }) => name === chosen.base)
  invariant(set !== undefined, 'a profile starts from a set of plugins that there is')
  const { profile } = buildProfile(chosen, set, plugins, plugin => ({
    state: snapshot.state,
    objects,
    snapshot,
    now,
    // Filters ask for no timestamps.
    clock: new WallClock(0),
    reason: (text, code = Code.Unschedulable) =>
      rejections.id(plugin, code, ...(typeof text === 'string' ? [text] : text)),
    rejection: id => rejections.get(id),
    shapeOf: pod => snapshot.shapes.of(pod),
    templateOf: shape => shape.template,
    // Nothing is drawn: a plugin that filters by chance would answer differently each time it is asked.
    workload: () => [],
    draw: () => 0,
  }))
  const { preFilter, filter } = profile.at
  return { preFilter: pluginsOf(preFilter), filter: pluginsOf(filter), rejections }
}

function pluginsOf(enabled: readonly EnabledPlugin[]): FilterPlugins['filter'] {
  return enabled.map(({ plugin }) => plugin)
}
