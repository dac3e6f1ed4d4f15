import {
  countUntoleratedPreferences,
  findUntoleratedTaint,
  keepsAway,
  type Taint,
  TaintEffect,
  type Toleration,
} from '../../model/taints.js'
import type { PodId, TaintSetId } from '../../state/ids.js'
import { Answers, keepByAnswer, UNKNOWN } from '../framework/answers.js'
import { AnyNodeShape } from '../framework/any-node-shape.js'
import { definePlugin } from '../framework/define-plugin.js'
import { Action, type ClusterEvent, type FrameworkHandle } from '../framework/interface.js'
import { MAX_SCORE, normalizeByHighest } from '../framework/normalize.js'
import type { PodShape } from '../framework/pod-shape.js'
import type { NodeShapeId } from '../framework/snapshot.js'
import { Code, OK, SKIP } from '../framework/status.js'

/**
 * Rejects nodes with NoSchedule or NoExecute taints that the pod does not tolerate; prefers nodes with few
 * PreferNoSchedule taints of that kind.
 *
 * Upstream: pkg/scheduler/framework/plugins/tainttoleration/taint_toleration.go (1.36).
 * Simplified: nothing known.
 */
export const taintToleration = definePlugin({
  name: 'TaintToleration',
  about: 'Rejects nodes with taints the pod does not tolerate, prefers those with few soft taints.',
  args: {},
  create(handle) {
    const { snapshot, state } = handle
    const untolerated = handle.reason('node(s) had untolerated taint(s)', Code.UnschedulableAndUnresolvable)
    const taintsOf = (key: number): readonly Taint[] =>
      state.taintSets.get(snapshot.nodeShapes.get(key as NodeShapeId).taints)
    const judge = ({ template }: PodShape, key: number) =>
      isKeptAway(taintsOf(key), template.spec.tolerations ?? []) ? untolerated : 0
    const has = (isOne: (taint: Taint) => boolean) =>
      new AnyNodeShape(snapshot, ({ taints }) => state.taintSets.get(taints).some(isOne))
    const hardTaints = has(keepsAway)
    const softTaints = has(({ effect }) => effect === TaintEffect.PreferNoSchedule)
    const verdicts = new Answers()
    const preferences = new Answers()
    return {
      preFilter: () => (hardTaints.seen() ? OK : SKIP),
      filter({ shape }, nodes) {
        const answers = verdicts.of(shape.templateId, snapshot.nodeShapes.size)
        keepByAnswer(nodes, snapshot.shape, answers, shape, judge)
      },
      followsRow: () => true,
      score({ shape }, { ids, length }, scores) {
        if (!softTaints.seen()) return
        const answers = preferences.of(shape.templateId, snapshot.nodeShapes.size)
        const nodeShape = snapshot.shape
        for (let i = 0; i < length; i++) {
          const key = nodeShape[ids[i]]
          let answer = answers[key]
          if (answer === UNKNOWN) {
            answer = countUntoleratedPreferences(taintsOf(key), shape.template.spec.tolerations ?? [])
            answers[key] = answer
          }
          scores[i] = answer
        }
      },
      normalize(_, { length }, scores) {
        if (softTaints.seen()) normalizeByHighest(scores, length, true)
        else scores.fill(MAX_SCORE, 0, length)
      },
      uniformScore: () => (softTaints.seen() ? undefined : MAX_SCORE),
      events: [
        {
          resource: 'Node',
          actions: Action.Add | Action.UpdateNodeTaint,
          hint: (pod, event) => isNewlyTolerated(handle, pod, event),
        },
        {
          resource: 'Pod',
          actions: Action.UpdatePodToleration,
          hint: (pod, event) => event.pod === pod,
        },
      ],
    }
  },
})

function isKeptAway(taints: readonly Taint[], tolerations: readonly Toleration[]): boolean {
  return findUntoleratedTaint(taints, tolerations, keepsAway) !== undefined
}

/** The node bears the pod now and did not before. */
function isNewlyTolerated(handle: FrameworkHandle, pod: PodId, { oldNode, newNode }: ClusterEvent): boolean {
  const tolerations = handle.templateOf(handle.shapeOf(pod)).spec.tolerations ?? []
  const keeps = (set: TaintSetId): boolean => isKeptAway(handle.state.taintSets.get(set), tolerations)
  if (newNode === undefined) return true
  return !keeps(newNode.taints) && (oldNode === undefined || keeps(oldNode.taints))
}
