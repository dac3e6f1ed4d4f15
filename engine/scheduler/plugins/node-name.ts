import { NONE } from '../../state/ids.js'
import { definePlugin } from '../framework/define-plugin.js'
import { Action } from '../framework/interface.js'
import { Code, OK, SKIP } from '../framework/status.js'

/**
 * Rejects every node but the one that the pod's spec names. Such pods do not come from the queue: whoever asks the
 * filters about a pod that has its node already is answered.
 *
 * Upstream: pkg/scheduler/framework/plugins/nodename/node_name.go (1.36).
 * Simplified: nothing known.
 */
export const nodeName = definePlugin({
  name: 'NodeName',
  about: 'Rejects all nodes but the one the pod names.',
  args: {},
  create(handle) {
    const { pods } = handle.state
    const notNamed = handle.reason(
      "node(s) didn't match the requested node name",
      Code.UnschedulableAndUnresolvable,
    )
    return {
      preFilter({ pod, shape }) {
        return pods.node[pod] === NONE && shape.template.spec.nodeName === undefined ? SKIP : OK
      },
      filter({ pod, snapshot }, nodes) {
        const named = pods.node[pod]
        const { ids, reason, length } = nodes
        let kept = 0
        for (let i = 0; i < length; i++) {
          const node = ids[i]
          if (snapshot.original(node as typeof snapshot.overlay) === named) ids[kept++] = node
          else reason[node] = notNamed
        }
        nodes.length = kept
      },
      // Upstream asks nothing here either: any new node may be the one.
      events: [{ resource: 'Node', actions: Action.Add }],
    }
  },
})
