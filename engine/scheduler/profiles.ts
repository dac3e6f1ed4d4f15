import type { ObjectRegistry } from '../apiserver/object-registry.js'
import type { Issue } from '../kernel/definition.js'
import type { KeyedDraws } from '../kernel/rng.js'
import type { SimTime } from '../kernel/time.js'
import type { SchedulerSettings } from '../model/simulation-model.js'
import type { ExpectedPods } from '../model/typical-pods.js'
import type { WallClock } from '../model/wall-clock.js'
import type { ClusterState } from '../state/cluster-state.js'
import type { PodId } from '../state/ids.js'
import { PLUGIN_SETS } from './default-plugins.js'
import type { AnyPlugin } from './framework/define-plugin.js'
import type { FrameworkHandle } from './framework/interface.js'
import type { Nominator } from './framework/nominator.js'
import type { Snapshot } from './framework/snapshot.js'
import { Code, type Rejections } from './framework/status.js'
import type { NodeOrder } from './node-order.js'
import type { NodeRanks } from './node-ranks.js'
import { buildProfile, type PluginSet, type Profile } from './profile.js'
import { type CycleSettings, SchedulingCycle } from './scheduling-cycle.js'

/** What all profiles of a scheduler share. */
export interface ProfileContext {
  readonly state: ClusterState
  /** Where plugins write what a binding needs. */
  readonly objects: ObjectRegistry
  readonly snapshot: Snapshot
  readonly order: NodeOrder
  readonly nominator: Nominator
  readonly rejections: Rejections
  readonly now: () => SimTime
  readonly clock: WallClock
  readonly draws: KeyedDraws
  /** Decides ties when the order of nodes does. */
  readonly nodeOrderRanks: NodeRanks
  readonly plugins: readonly AnyPlugin[]
  readonly workload: () => readonly ExpectedPods[]
  /** Attempts of the pod so far: draws about two attempts differ. */
  readonly attemptsOf: (pod: PodId) => number
}

/** A profile and the cycles that run by it. */
export interface RunningProfile {
  readonly profile: Profile
  readonly cycle: SchedulingCycle
}

/** Draws of one attempt that must not be the same number. */
const Draw = { TieBreak: 0, Plugin: 1 } as const
/** Two draws of one attempt are this far apart, more than there are attempts. */
const ATTEMPTS_APART = 2 ** 20

/**
 * Builds every profile of the settings, in their order. Issues of all of them are answered at once.
 *
 * Upstream: pkg/scheduler/profile/profile.go NewMap (1.36).
 * Simplified: nothing known.
 */
export function buildProfiles(
  settings: SchedulerSettings,
  context: ProfileContext,
): { readonly profiles: readonly RunningProfile[]; readonly issues: readonly Issue[] } {
  const profiles: RunningProfile[] = []
  const issues: Issue[] = []
  for (const [i, chosen] of settings.profiles.entries()) {
    const path = `scheduler.profiles.${i}`
    const set = PLUGIN_SETS.find(({ name }) => name === chosen.base)
    if (set === undefined) issues.push({ path, message: `there is no plugin set "${chosen.base}"` })
    const built = buildProfile(
      chosen,
      set ?? EMPTY_SET,
      context.plugins,
      name => handleOf(context, name),
      path,
    )
    issues.push(...built.issues)
    const { snapshot, order, nominator, rejections } = context
    const cycle = new SchedulingCycle({
      snapshot,
      order,
      nominator,
      rejections,
      profile: built.profile,
      percentageOfNodesToScore:
        chosen.percentageOfNodesToScore ?? set?.percentageOfNodesToScore ?? settings.percentageOfNodesToScore,
      ...tieBreakOf(settings, context),
    })
    profiles.push({ profile: built.profile, cycle })
  }
  return { profiles, issues }
}

function tieBreakOf(
  { tieBreak }: SchedulerSettings,
  context: ProfileContext,
): Pick<CycleSettings, 'tieBreak' | 'ranks'> {
  if (tieBreak === 'heap') return {}
  if (tieBreak === 'first') return { tieBreak: () => 0 }
  if (tieBreak === 'node-order') return { ranks: context.nodeOrderRanks }
  return { tieBreak: pod => draw(context, pod, Draw.TieBreak) }
}

const EMPTY_SET: PluginSet = { name: 'empty', about: 'no plugins', plugins: [] }

function handleOf(context: ProfileContext, plugin: string): FrameworkHandle {
  const { state, objects, snapshot, rejections, now, clock, workload } = context
  return {
    state,
    objects,
    snapshot,
    now,
    workload,
    clock,
    reason: (text, code = Code.Unschedulable) =>
      rejections.id(plugin, code, ...(typeof text === 'string' ? [text] : text)),
    rejection: id => rejections.get(id),
    shapeOf: pod => snapshot.shapes.of(pod),
    templateOf: shape => shape.template,
    draw: (pod, index = 0) => draw(context, pod, Draw.Plugin, index),
  }
}

function draw({ draws, state, attemptsOf }: ProfileContext, pod: PodId, purpose: number, index = 0): number {
  return draws.at(state.pods.uid[pod], attemptsOf(pod) * 2 + purpose + index * ATTEMPTS_APART)
}
