import {
  type AffinityTerm,
  compileAffinityTerm,
  meansPlacedPod,
  meansPod,
} from '../../../model/pod-affinity.js'
import type { PodAffinityTerm } from '../../../model/pod-spec.js'
import type { ClusterState } from '../../../state/cluster-state.js'
import { NamespaceLabels } from '../../counts/namespace-labels.js'
import {
  Action,
  type ClusterEvent,
  type EventRegistration,
  type FrameworkHandle,
} from '../../framework/interface.js'
import type { PodShape } from '../../framework/pod-shape.js'
import { isAssigned, shapeOfVersion } from './pod-versions.js'

/** The terms that must hold. */
interface RequiredTerms {
  readonly affinity: readonly AffinityTerm[]
  readonly antiAffinity: readonly AffinityTerm[]
}

/**
 * A pod waits for a pod that meets all its required terms, for pods to go that it keeps away from or that keep it
 * away, and for nodes that bring or change one of its topology keys.
 *
 * Upstream: EventsToRegister of pkg/scheduler/framework/plugins/interpodaffinity/plugin.go (1.36). As there, a pod that
 * goes or is relabelled has to have met all anti-affinity terms of the one that waits, not just any.
 * Simplified: nothing known.
 */
export function interPodAffinityEvents(handle: FrameworkHandle): readonly EventRegistration[] {
  const { state } = handle
  const namespaces = new NamespaceLabels(state)
  const known: (RequiredTerms | undefined)[] = []
  const termsOf = (shape: PodShape): RequiredTerms => (known[shape.id] ??= requiredTerms(shape))
  const meetsAll = (terms: readonly AffinityTerm[], { labels, namespace }: PodShape): boolean =>
    terms.length > 0 && terms.every(term => meansPlacedPod(term, labels, namespace, namespaces.of(namespace)))
  const isKeptAway = (waiting: PodShape, by: PodShape): boolean =>
    termsOf(by).antiAffinity.some(term =>
      meansPod(term, waiting.labels, waiting.namespace, namespaces.of(waiting.namespace)),
    )
  return [
    {
      resource: 'Pod',
      actions: Action.Add | Action.Delete | Action.UpdatePodLabel,
      hint(pod, { oldPod, newPod }) {
        if (oldPod !== undefined && !isAssigned(oldPod)) return false
        if (newPod !== undefined && !isAssigned(newPod)) return false
        const waiting = handle.shapeOf(pod)
        const { affinity, antiAffinity } = termsOf(waiting)
        const before = oldPod === undefined ? undefined : shapeOfVersion(handle, oldPod)
        const after = newPod === undefined ? undefined : shapeOfVersion(handle, newPod)
        if (after === undefined) {
          return before !== undefined && (meetsAll(antiAffinity, before) || isKeptAway(waiting, before))
        }
        if (before === undefined) return meetsAll(affinity, after)
        if (!meetsAll(affinity, before) && meetsAll(affinity, after)) return true
        return meetsAll(antiAffinity, before) && !meetsAll(antiAffinity, after)
      },
    },
    {
      resource: 'Node',
      actions: Action.Add | Action.UpdateNodeLabel,
      hint(pod, event) {
        const { affinity, antiAffinity } = termsOf(handle.shapeOf(pod))
        if (affinity.some(({ topologyKey }) => changesKey(state, event, topologyKey, false))) return true
        return antiAffinity.some(({ topologyKey }) => changesKey(state, event, topologyKey, true))
      },
    },
  ]
}

function requiredTerms({ namespace, template }: PodShape): RequiredTerms {
  const { podAffinity, podAntiAffinity } = template.spec.affinity ?? {}
  const compile = (terms: readonly PodAffinityTerm[] = []): AffinityTerm[] =>
    terms.map(term => compileAffinityTerm(term, namespace))
  return {
    affinity: compile(podAffinity?.requiredDuringSchedulingIgnoredDuringExecution),
    antiAffinity: compile(podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution),
  }
}

/** A new node with the key, a node that got it or another value of it; where that may help, also one that lost it. */
function changesKey(
  { labelSets }: ClusterState,
  { oldNode, newNode }: ClusterEvent,
  key: string,
  isLossOfHelp: boolean,
): boolean {
  if (newNode === undefined) return false
  const after = labelSets.get(newNode.labels)[key]
  if (oldNode === undefined) return after !== undefined
  const before = labelSets.get(oldNode.labels)[key]
  return before !== after && (after !== undefined || isLossOfHelp)
}
