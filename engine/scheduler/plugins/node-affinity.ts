import type { Labels } from '../../model/labels.js'
import type { NodeAffinity } from '../../model/node-affinity.js'
import type { LabelSetId, NodeId, PodId } from '../../state/ids.js'
import { Answers, keepByAnswer, UNKNOWN } from '../framework/answers.js'
import { definePlugin } from '../framework/define-plugin.js'
import { Action, type ClusterEvent } from '../framework/interface.js'
import { eachNode } from '../framework/node-list.js'
import { normalizeByHighest } from '../framework/normalize.js'
import type { PodShape } from '../framework/pod-shape.js'
import type { NodeShapeId } from '../framework/snapshot.js'
import { Code, OK, SKIP } from '../framework/status.js'
import { type NodeTerms, nodeAffinityErrors, nodeTermsOf, Scope, widest } from './node-affinity-terms.js'

/**
 * Rejects nodes that do not match the pod's node selector and required terms, or the affinity that the scheduler's
 * configuration adds; prefers nodes by the weights of the preferred terms they match.
 *
 * Upstream: pkg/scheduler/framework/plugins/nodeaffinity/node_affinity.go (1.36).
 * Simplified: nothing known.
 */
export const nodeAffinity = definePlugin({
  name: 'NodeAffinity',
  about: 'Matches nodes with nodeSelector and node affinity, which can also be a preference.',
  args: { addedAffinity: null as NodeAffinity | null },
  check: ({ addedAffinity }) => nodeAffinityErrors(addedAffinity),
  create(handle, { addedAffinity }) {
    const { snapshot, state } = handle
    const unresolvable = (text: string) => handle.reason(text, Code.UnschedulableAndUnresolvable)
    const unmatched = unresolvable("node(s) didn't match Pod's node affinity/selector")
    const notEnforced = unresolvable("node(s) didn't match scheduler-enforced node affinity")
    const conflict = unresolvable('pod affinity terms conflict')

    const added = nodeTermsOf(undefined, addedAffinity)
    const compiled: NodeTerms[] = []
    const termsOf = ({ templateId, template: { spec } }: PodShape): NodeTerms =>
      (compiled[templateId] ??= nodeTermsOf(spec.nodeSelector, spec.affinity?.nodeAffinity))

    const verdictOf = (terms: NodeTerms, labels: Labels, name: string) => {
      if (!areMatching(added, labels, name)) return notEnforced
      return areMatching(terms, labels, name) ? 0 : unmatched
    }
    const scoreOf = ({ preferred }: NodeTerms, labels: Labels, name: string): number =>
      (added.preferred?.score(labels, name) ?? 0) + (preferred?.score(labels, name) ?? 0)
    // Terms that look at no name are asked without one.
    const labelsOfShape = (key: number): Labels => snapshot.nodeShapes.get(key as NodeShapeId).labels
    const judgeShape = (shape: PodShape, key: number) => verdictOf(termsOf(shape), labelsOfShape(key), '')
    const judgeLabels = (shape: PodShape, key: number) =>
      verdictOf(termsOf(shape), state.labelSets.get(key as LabelSetId), '')
    const verdicts = new Answers()
    const preferences = new Answers()

    return {
      preFilter(cycle) {
        const { required, names } = termsOf(cycle.shape)
        if (required.length === 0 && added.required.length === 0) return SKIP
        if (names === undefined) return OK
        if (names.size === 0) return conflict
        cycle.restrictTo(names)
        return OK
      },
      filter({ shape }, nodes) {
        const terms = termsOf(shape)
        const scope = widest([terms.requiredScope, added.requiredScope])
        if (scope === Scope.Name) {
          eachNode(nodes, node => {
            const labels = state.labelSets.get(snapshot.labels[node] as LabelSetId)
            return verdictOf(terms, labels, snapshot.nameOf(node))
          })
        } else if (scope === Scope.Labels) {
          const answers = verdicts.of(shape.templateId, state.labelSets.size)
          keepByAnswer(nodes, snapshot.labels, answers, shape, judgeLabels)
        } else {
          const answers = verdicts.of(shape.templateId, snapshot.nodeShapes.size)
          keepByAnswer(nodes, snapshot.shape, answers, shape, judgeShape)
        }
      },
      followsRow: () => true,
      preScore({ shape }) {
        return termsOf(shape).preferred === undefined && added.preferred === undefined ? SKIP : OK
      },
      score({ shape }, { ids, length }, scores) {
        const terms = termsOf(shape)
        const scope = widest([terms.preferredScope, added.preferredScope])
        const { labels, shape: nodeShape } = snapshot
        const answers = preferences.of(shape.templateId, snapshot.nodeShapes.size)
        for (let i = 0; i < length; i++) {
          const node = ids[i] as NodeId
          if (scope !== Scope.Shape) {
            scores[i] = scoreOf(terms, state.labelSets.get(labels[node] as LabelSetId), snapshot.nameOf(node))
            continue
          }
          const key = nodeShape[node]
          if (answers[key] === UNKNOWN) answers[key] = scoreOf(terms, labelsOfShape(key), '')
          scores[i] = answers[key]
        }
      },
      normalize(_, { length }, scores) {
        normalizeByHighest(scores, length, false)
      },
      events: [
        {
          resource: 'Node',
          actions: Action.Add | Action.UpdateNodeLabel,
          hint: (pod: PodId, { node, oldNode, newNode }: ClusterEvent) => {
            if (node === undefined || newNode === undefined) return true
            const name = state.nodes.name[node] as string
            const terms = termsOf(handle.shapeOf(pod))
            if (verdictOf(terms, state.labelSets.get(newNode.labels), name) !== 0) return false
            // Of an update only the step from no match to a match is news.
            return oldNode === undefined || !areMatching(terms, state.labelSets.get(oldNode.labels), name)
          },
        },
      ],
    }
  },
})

function areMatching({ required }: NodeTerms, labels: Labels, nodeName: string): boolean {
  for (const matcher of required) if (!matcher.matches(labels, nodeName)) return false
  return true
}
