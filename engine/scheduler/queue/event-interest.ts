import {
  Action,
  type ClusterEvent,
  type EventRegistration,
  type EventResource,
} from '../framework/interface.js'
import type { QueueEntry } from './queue-entry.js'

/** A plugin of a profile with the events it registered for and the pods that wait for one of them. */
export class WaitedFor {
  readonly profile: number
  readonly plugin: string
  readonly registrations: readonly EventRegistration[]
  /** Pods in the unschedulable pool that the plugin rejected or gates. */
  readonly waiting = new Set<QueueEntry>()

  constructor(profile: number, plugin: string, registrations: readonly EventRegistration[]) {
    this.profile = profile
    this.plugin = plugin
    this.registrations = registrations
  }
}

/** The registrations of one plugin that a kind of event meets. */
export interface Interest {
  readonly of: WaitedFor
  readonly hints: readonly EventRegistration['hint'][]
}

/** What a profile tells the queue of its plugins. */
export type PluginEvents = ReadonlyMap<string, readonly EventRegistration[]>

const NOBODY: readonly Interest[] = []
const ANY_NODE_UPDATE =
  Action.UpdateNodeAllocatable |
  Action.UpdateNodeLabel |
  Action.UpdateNodeTaint |
  Action.UpdateNodeCondition |
  Action.UpdateNodeAnnotation |
  Action.UpdateNodeDeclaredFeature
const ANY_POD_UPDATE =
  Action.UpdatePodLabel |
  Action.UpdatePodScaleDown |
  Action.UpdatePodToleration |
  Action.UpdatePodSchedulingGatesEliminated |
  Action.UpdatePodGeneratedResourceClaim

/**
 * Which plugins want to hear of which events. Who asks for new nodes but not for changed taints hears of every changed
 * taint all the same, with no hint asked: upstream's remedy for new nodes it does not report.
 *
 * Upstream: buildQueueingHintMap of pkg/scheduler/scheduler.go and MatchClusterEvents (1.36).
 * Simplified: nothing known.
 */
export class EventInterest {
  readonly #plugins: ReadonlyMap<string, WaitedFor>[]
  readonly #byKind = new Map<EventResource, Map<number, readonly Interest[]>>()

  constructor(profiles: readonly PluginEvents[]) {
    this.#plugins = profiles.map(
      (events, profile) =>
        new Map([...events].map(([plugin, list]) => [plugin, new WaitedFor(profile, plugin, widened(list))])),
    )
  }

  /** The plugin of a profile; undefined when the profile has none of that name. */
  find(profile: number, plugin: string): WaitedFor | undefined {
    return this.#plugins[profile].get(plugin)
  }

  /** The registrations an event meets, by plugin in the order of the profiles. */
  in(resource: EventResource, action: number): readonly Interest[] {
    let byAction = this.#byKind.get(resource)
    if (byAction === undefined) {
      byAction = new Map()
      this.#byKind.set(resource, byAction)
    }
    let interests = byAction.get(action)
    if (interests === undefined) {
      interests = this.#find(resource, action)
      byAction.set(action, interests)
    }
    return interests
  }

  /** Whether the plugin registered for such an event, whatever its hint says. */
  isOf(profile: number, plugin: string, { resource, action }: ClusterEvent): boolean {
    for (const { of } of this.in(resource, action)) {
      if (of.profile === profile && of.plugin === plugin) return true
    }
    return false
  }

  #find(resource: EventResource, action: number): readonly Interest[] {
    const interests: Interest[] = []
    for (const plugins of this.#plugins) {
      for (const of of plugins.values()) {
        const met = of.registrations.filter(
          registration => isAbout(registration.resource, resource) && (registration.actions & action) !== 0,
        )
        if (met.length > 0) interests.push({ of, hints: met.map(({ hint }) => hint) })
      }
    }
    return interests.length === 0 ? NOBODY : interests
  }
}

/** Whether one of the hints met says that the event may help the pod; no hint: it always may. */
export function mayHelp({ hints }: Interest, entry: QueueEntry, event: ClusterEvent): boolean {
  for (let i = 0; i < hints.length; i++) {
    const hint = hints[i]
    if (hint === undefined || hint(entry.pod, event)) return true
  }
  return false
}

/** The pods that wait for one of the plugins, each once; `visit` is a number never used before. */
export function waitingFor(interests: readonly Interest[], visit: number): QueueEntry[] {
  const entries: QueueEntry[] = []
  for (let i = 0; i < interests.length; i++) {
    for (const entry of interests[i].of.waiting) {
      if (entry.visit === visit) continue
      entry.visit = visit
      entries.push(entry)
    }
  }
  return entries
}

function isAbout(registered: EventResource, resource: EventResource): boolean {
  if (registered === resource) return true
  return registered === 'Pod' && (resource === 'AssignedPod' || resource === 'UnscheduledPod')
}

function widened(registrations: readonly EventRegistration[]): readonly EventRegistration[] {
  const general = registrations.map(registration => ({
    ...registration,
    actions: (registration.actions & Action.Update) === 0 ? registration.actions : withUpdates(registration),
  }))
  const onNodes = registrations.filter(({ resource }) => resource === 'Node')
  const hearsOfAdded = onNodes.some(({ actions }) => (actions & Action.Add) !== 0)
  const hearsOfTaints = onNodes.some(({ actions }) => (actions & Action.UpdateNodeTaint) !== 0)
  if (!hearsOfAdded || hearsOfTaints) return general
  return [...general, { resource: 'Node', actions: Action.UpdateNodeTaint }]
}

/** A registration for updates in general hears of the particular ones too. */
function withUpdates({ resource, actions }: EventRegistration): number {
  if (resource === 'Node') return actions | ANY_NODE_UPDATE
  const isPod = resource === 'Pod' || resource === 'AssignedPod' || resource === 'UnscheduledPod'
  return isPod ? actions | ANY_POD_UPDATE : actions
}
