import { type CompiledSelector, compileSelector, type Labels } from '../../../model/labels.js'
import type { PodAffinityTerm } from '../../../model/pod-spec.js'
import type { ClusterState } from '../../../state/cluster-state.js'
import {
  Action,
  type ClusterEvent,
  type EventRegistration,
  type FrameworkHandle,
} from '../../framework/interface.js'
import type { PodShape, PodShapeId } from '../../framework/pod-shape.js'
import { isAssigned, shapeOfVersion } from './pod-versions.js'

interface Term {
  readonly topologyKey: string
  readonly namespaces: ReadonlySet<string>
  readonly selector: CompiledSelector | undefined
  readonly namespaceSelector: CompiledSelector | undefined
}

interface Terms {
  readonly affinity: readonly Term[]
  readonly antiAffinity: readonly Term[]
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
  const known = new Map<PodShapeId, Terms>()
  const termsOf = (shape: PodShape): Terms => {
    let terms = known.get(shape.id)
    if (terms === undefined) {
      terms = readTerms(shape)
      known.set(shape.id, terms)
    }
    return terms
  }
  return [
    {
      resource: 'Pod',
      actions: Action.Add | Action.Delete | Action.UpdatePodLabel,
      hint(pod, { oldPod, newPod }) {
        if ((oldPod !== undefined && !isAssigned(oldPod)) || (newPod !== undefined && !isAssigned(newPod))) {
          return false
        }
        const { state } = handle
        const waiting = handle.shapeOf(pod)
        const { affinity, antiAffinity } = termsOf(waiting)
        const before = oldPod === undefined ? undefined : shapeOfVersion(handle, oldPod)
        const after = newPod === undefined ? undefined : shapeOfVersion(handle, newPod)
        if (after === undefined) {
          if (before === undefined) return false
          if (meetsAll(state, antiAffinity, before)) return true
          return termsOf(before).antiAffinity.some(term => meets(state, term, waiting))
        }
        if (before === undefined) return meetsAll(state, affinity, after)
        if (!meetsAll(state, affinity, before) && meetsAll(state, affinity, after)) return true
        return meetsAll(state, antiAffinity, before) && !meetsAll(state, antiAffinity, after)
      },
    },
    {
      resource: 'Node',
      actions: Action.Add | Action.UpdateNodeLabel,
      hint(pod, event) {
        const { affinity, antiAffinity } = termsOf(handle.shapeOf(pod))
        if (affinity.some(({ topologyKey }) => bringsKey(handle.state, event, topologyKey, false)))
          return true
        return antiAffinity.some(({ topologyKey }) => bringsKey(handle.state, event, topologyKey, true))
      },
    },
  ]
}

function readTerms(shape: PodShape): Terms {
  const { podAffinity, podAntiAffinity } = shape.template.spec.affinity ?? {}
  const read = (terms: readonly PodAffinityTerm[] = []): Term[] => terms.map(term => readTerm(term, shape))
  return {
    affinity: read(podAffinity?.requiredDuringSchedulingIgnoredDuringExecution),
    antiAffinity: read(podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution),
  }
}

/** A term that names no namespaces in any way is about the pod's own. */
function readTerm(term: PodAffinityTerm, { namespace }: PodShape): Term {
  const { topologyKey, labelSelector, namespaces = [], namespaceSelector } = term
  const isOwn = namespaces.length === 0 && namespaceSelector === undefined
  return {
    topologyKey,
    namespaces: new Set(isOwn ? [namespace] : namespaces),
    selector: compileSelector(labelSelector),
    namespaceSelector: compileSelector(namespaceSelector),
  }
}

function meets(state: ClusterState, term: Term, { namespace, labels }: PodShape): boolean {
  if (
    !term.namespaces.has(namespace) &&
    term.namespaceSelector?.matches(namespaceLabels(state, namespace)) !== true
  ) {
    return false
  }
  return term.selector?.matches(labels) === true
}

function meetsAll(state: ClusterState, terms: readonly Term[], shape: PodShape): boolean {
  return terms.length > 0 && terms.every(term => meets(state, term, shape))
}

function namespaceLabels({ objects }: ClusterState, namespace: string): Labels {
  const id = objects.find('Namespace', '', namespace)
  return id === undefined ? {} : objects.get(id).meta.labels
}

/** A new node with the key, a node that got it or another value of it; where that helps, also one that lost it. */
function bringsKey(
  state: ClusterState,
  { oldNode, newNode }: ClusterEvent,
  key: string,
  orLosesIt: boolean,
): boolean {
  if (newNode === undefined) return false
  const after = state.labelSets.get(newNode.labels)[key]
  if (oldNode === undefined) return after !== undefined
  const before = state.labelSets.get(oldNode.labels)[key]
  return before !== after && (after !== undefined || orLosesIt)
}
