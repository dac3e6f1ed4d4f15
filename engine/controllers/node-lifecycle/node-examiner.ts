/**
 * What a monitor pass does with one node: Unknown when it has been silent for too long, its pods not ready when it has
 * just been lost, tainted or put down for it while it is not Ready, cleared of taints when it is.
 *
 * Upstream: pkg/controller/nodelifecycle/node_lifecycle_controller.go monitorNodeHealth, processTaintBaseEviction;
 * pkg/controller/util/node/controller_utils.go MarkPodsNotReady (1.36).
 * Simplified: a status update in conflict with the kubelet's is dropped, and not tried again with fresh conditions.
 */
import { hasTaint } from '../../model/taints.js'
import { zoneKeyOf } from '../../model/zone-key.js'
import { type LabelSetId, NONE, type NodeId, type PodId, Status } from '../../state/ids.js'
import type { ControllerContext } from '../controller.js'
import type { Step } from '../request-lanes.js'
import type { NoExecuteTainter } from './no-execute-tainter.js'
import type { NodeHealth } from './node-health.js'
import { NOT_READY, removeTaint, swapTaints, taintsOf, UNREACHABLE } from './node-taints.js'
import type { ZoneCounts } from './zone-states.js'

/** Nodes with this label are left out when zones are judged. */
const EXCLUDED = 'node.kubernetes.io/exclude-disruption'

export class NodeExaminer {
  readonly #context: ControllerContext
  readonly #health: NodeHealth
  readonly #counts: ZoneCounts
  readonly #tainter: NoExecuteTainter

  constructor(context: ControllerContext, health: NodeHealth, counts: ZoneCounts, tainter: NoExecuteTainter) {
    this.#context = context
    this.#health = health
    this.#counts = counts
    this.#tainter = tainter
  }

  zoneOf(node: NodeId): string {
    const { nodes, labelSets } = this.#context.state
    return zoneKeyOf(labelSets.get(nodes.labels[node] as LabelSetId))
  }

  examine(node: NodeId, steps: Step[]): void {
    const { kernel, state } = this.#context
    if (!state.nodes.exists(node)) return
    const passAt = kernel.now
    if (!this.#health.isOverdue(node, passAt)) {
      this.#judge(node, false, steps)
      return
    }
    const wasReady = state.nodes.hasConditions[node] === 1 && state.nodes.ready[node] === Status.True
    steps.push({
      requests: 1,
      accepted: later => {
        if (!state.nodes.exists(node)) return
        const isLost = this.#health.isOverdue(node, passAt)
        if (isLost) this.#becomeUnknown(node)
        this.#judge(node, isLost && wasReady, later)
      },
    })
  }

  /** Takes the node's NoExecute taints away and takes it off the list of those to be tainted. */
  clear(node: NodeId, steps: Step[]): void {
    const { api } = this.#context
    removeTaint(api, node, UNREACHABLE, steps)
    removeTaint(api, node, NOT_READY, steps)
    this.#tainter.unmark(node)
  }

  #becomeUnknown(node: NodeId): void {
    const { api, state } = this.#context
    const isNew = state.nodes.hasConditions[node] === 0
    api.nodes.patchConditions(node, {
      ready: Status.Unknown,
      readyReason: state.reasonId(isNew ? 'NodeStatusNeverUpdated' : 'NodeStatusUnknown'),
      memoryPressure: Status.Unknown,
      diskPressure: Status.Unknown,
      pidPressure: Status.Unknown,
    })
  }

  #judge(node: NodeId, isLost: boolean, steps: Step[]): void {
    const { api, state } = this.#context
    const { nodes, labelSets } = state
    const hasConditions = nodes.hasConditions[node] === 1
    const ready = nodes.ready[node]
    const isExcluded = EXCLUDED in labelSets.get(nodes.labels[node] as LabelSetId)
    if (isExcluded) this.#counts.forget(node)
    else this.#counts.note(node, this.zoneOf(node), hasConditions && ready === Status.True)
    if (!hasConditions) return
    const pods = isLost ? this.#readyPods(node) : []
    if (ready === Status.True) {
      this.clear(node, steps)
    } else {
      const [taint, opposite] = ready === Status.False ? [NOT_READY, UNREACHABLE] : [UNREACHABLE, NOT_READY]
      if (hasTaint(taintsOf(state, node), opposite)) swapTaints(api, node, taint, opposite, steps)
      else this.#tainter.mark(node, this.zoneOf(node))
    }
    if (isLost) steps.push({ requests: 0, accepted: later => this.#lost(node, pods, later) })
  }

  #readyPods(node: NodeId): { readonly pod: PodId; readonly uid: number }[] {
    const { pods, nodes } = this.#context.state
    const found: { pod: PodId; uid: number }[] = []
    for (let row = nodes.firstPod[node]; row !== NONE; row = pods.nextOnNode[row]) {
      if (pods.ready[row] === 1) found.push({ pod: row as PodId, uid: pods.uid[row] })
    }
    return found
  }

  #lost(node: NodeId, pods: readonly { readonly pod: PodId; readonly uid: number }[], steps: Step[]): void {
    const { state, events } = this.#context
    const { name, uid } = state.nodes
    const subject = { kind: 'Node', namespace: '', name: name[node] as string, uid: uid[node] }
    const message = `Node ${subject.name} status is now: NodeNotReady`
    events.record(subject, 'Normal', 'NodeNotReady', message)
    for (const { pod, uid: podUid } of pods) {
      steps.push({ requests: 1, accepted: () => this.#markNotReady(pod, podUid) })
    }
  }

  #markNotReady(pod: PodId, uid: number): void {
    const { api, state, events } = this.#context
    const { pods } = state
    if (!pods.exists(pod) || pods.uid[pod] !== uid) return
    api.pods.patchPhase(pod, pods.phaseOf(pod), false)
    const subject = {
      kind: 'Pod',
      namespace: state.namespaces.get(pods.namespaceOf(pod)),
      name: pods.name[pod] as string,
      uid,
    }
    events.record(subject, 'Warning', 'NodeNotReady', 'Node is not ready')
  }
}
