import type { PodTemplate } from '../../model/pod-template.js'
import { isTolerated, type Taint, TaintEffect } from '../../model/taints.js'
import { AnyNodeShape } from '../framework/any-node-shape.js'
import { definePlugin } from '../framework/define-plugin.js'
import { Action } from '../framework/interface.js'
import { Code, OK, SKIP } from '../framework/status.js'

/** A pod that tolerates this taint may go to a cordoned node. */
const CORDON: Taint = { key: 'node.kubernetes.io/unschedulable', effect: TaintEffect.NoSchedule }

/**
 * Rejects cordoned nodes.
 *
 * Upstream: pkg/scheduler/framework/plugins/nodeunschedulable/node_unschedulable.go (1.36).
 * Simplified: nothing known.
 */
export const nodeUnschedulable = definePlugin({
  name: 'NodeUnschedulable',
  about: 'Rejects cordoned nodes unless the pod tolerates node.kubernetes.io/unschedulable.',
  args: {},
  create(handle) {
    const cordoned = handle.reason('node(s) were unschedulable', Code.UnschedulableAndUnresolvable)
    const toleratesCordon = ({ spec }: PodTemplate): boolean => isTolerated(spec.tolerations ?? [], CORDON)
    const cordons = new AnyNodeShape(handle.snapshot, ({ unschedulable }) => unschedulable)
    return {
      preFilter: () => (cordons.seen() ? OK : SKIP),
      filter({ shape, snapshot: { unschedulable } }, nodes) {
        const { ids, reason, length } = nodes
        let kept = 0
        for (let i = 0; i < length; i++) {
          const node = ids[i]
          if (unschedulable[node] === 0 || toleratesCordon(shape.template)) ids[kept++] = node
          else reason[node] = cordoned
        }
        nodes.length = kept
      },
      followsRow: () => true,
      events: [
        {
          resource: 'Node',
          actions: Action.Add | Action.UpdateNodeTaint,
          hint: (_, { oldNode, newNode }) =>
            newNode?.unschedulable === false && oldNode?.unschedulable !== false,
        },
        {
          resource: 'Pod',
          actions: Action.UpdatePodToleration,
          hint: (pod, event) => event.pod === pod && toleratesCordon(handle.templateOf(handle.shapeOf(pod))),
        },
      ],
    }
  },
})
