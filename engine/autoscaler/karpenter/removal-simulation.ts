/**
 * Thinks nodes away and asks the scheduling simulation where their pods would go, together with the pods that wait
 * and those of nodes that are going already. Nodes that are still coming up are no ground for a disruption.
 * Upstream: Karpenter core 1.15, SimulateScheduling of pkg/controllers/disruption/helpers.go and Results of
 * pkg/controllers/provisioning/scheduling/scheduler.go.
 * Simplified: nothing known.
 */
import type { Candidate, StateNode } from './disruption-candidate.js'
import type { EvictionLimits } from './eviction-limits.js'
import type { SchedulingPod } from './scheduling-pod.js'
import type { NewClaim, Placement, SchedulingRequest, SchedulingResult } from './scheduling-result.js'

/** The cluster that nodes are thought away from. */
export interface DisruptionView {
  /** Nodes and claims, those of others and those that are going included. */
  readonly nodes: readonly StateNode[]
  /** Pods that found no node, but for those of DaemonSets. */
  readonly pendingPods: readonly SchedulingPod[]
  readonly limits: EvictionLimits
  readonly schedule: (request: SchedulingRequest) => SchedulingResult
}

export interface Removal {
  readonly claims: readonly NewClaim[]
  readonly placements: readonly Placement[]
  /** Why pods that run now would run no more; undefined: all of them would. */
  readonly obstacle: string | undefined
}

/** Errors that a message names at most. */
const MOST_ERRORS = 5

/** @returns undefined when a candidate is going already */
export function simulateRemoval(
  candidates: readonly Candidate[],
  { nodes, pendingPods, limits, schedule }: DisruptionView,
  isConsolidation: boolean,
): Removal | undefined {
  if (candidates.some(({ node }) => node.cluster.isMarkedForDeletion)) return undefined
  const moving = candidates
    .flatMap(({ reschedulablePods }) => reschedulablePods)
    .filter(pod => limits.isCurrentlyReschedulable(pod))
  const going = podsOfGoing(nodes, limits)
  const { claims, placements, errors } = schedule({
    pods: [...pendingPods, ...moving, ...going],
    without: new Set(candidates.map(({ node }) => node.cluster)),
    ...(isConsolidation ? { sparesChangedNodes: true } : {}),
  })
  const pending = new Set(pendingPods)
  // Pods that wait now may wait afterwards.
  const obstacles = [...errors]
    .filter(([pod]) => !pending.has(pod))
    .map(([pod, { message }]) => said(pod, message))
  const excused = new Set<SchedulingPod>(going)
  for (const { node, pods } of placements) {
    if (node.isInitialized) continue
    const message = `would schedule against uninitialized ${machineText(node)}`
    // What leaves a going node was promised its place there before.
    for (const pod of pods) if (!excused.has(pod) && !pending.has(pod)) obstacles.push(said(pod, message))
  }
  return { claims, placements, obstacle: obstacles.length === 0 ? undefined : listed(obstacles) }
}

/** Pods that will need another place because their nodes are going. */
export function podsOfGoing(nodes: readonly StateNode[], limits: EvictionLimits): SchedulingPod[] {
  return nodes
    .filter(({ cluster }) => cluster.isMarkedForDeletion)
    .flatMap(({ pods }) => pods)
    .filter(pod => limits.isCurrentlyReschedulable(pod))
}

function machineText({ claim, node }: Placement['node']): string {
  const parts: string[] = []
  if (claim !== undefined) parts.push(`nodeclaim/${claim.name}`)
  if (node !== undefined) parts.push(`node/${node.name}`)
  return parts.join(', ')
}

function said({ namespace, name }: SchedulingPod, message: string): string {
  return `${namespace}/${name} => ${message} `
}

function listed(errors: readonly string[]): string {
  const more = errors.length - MOST_ERRORS
  const rest = more >= 0 ? ` and ${more} other(s)` : ''
  return `Not all pods would schedule, ${errors.slice(0, MOST_ERRORS).join('')}${rest}`
}
