/**
 * The Kubernetes events of the autoscaler and its own record, in upstream's words. Events about nothing in particular
 * are about the status ConfigMap.
 *
 * Upstream: clusterstate/clusterstate.go, core/static_autoscaler.go, core/scaleup/orchestrator/executor.go,
 * core/scaledown/actuation and processors/status/eventing_scale_up_processor.go of cluster-autoscaler 1.36.1.
 * Simplified: nothing known.
 */
import type { EventSubject, EventType, EventWriter } from '../../apiserver/event-recorder.js'
import type { AutoscalerAction } from '../../record/autoscaler-record.js'
import type { ClusterState } from '../../state/cluster-state.js'
import type { NamespaceId, NodeId, PodId } from '../../state/ids.js'
import type { CreationError, MachineGroup } from './cloud-provider.js'

export type ActionSink = (action: AutoscalerAction) => void

const STATUS: EventSubject = {
  kind: 'ConfigMap',
  namespace: 'kube-system',
  name: 'cluster-autoscaler-status',
  uid: 0,
}

export class AutoscalerEvents {
  readonly #state: ClusterState
  readonly #writer: EventWriter
  readonly #sink: ActionSink

  constructor(state: ClusterState, writer: EventWriter, sink: ActionSink) {
    this.#state = state
    this.#writer = writer
    this.#sink = sink
  }

  scaledUp(group: MachineGroup, before: number, after: number, pods: number): void {
    const sizes = `size set to ${after} instead of ${before} (max: ${group.maxSize})`
    const planned = `setting group ${group.id} size to ${after} instead of ${before} (max: ${group.maxSize})`
    this.#log('Normal', 'ScaledUpGroup', `Scale-up: ${planned}`)
    this.#log('Normal', 'ScaledUpGroup', `Scale-up: group ${group.id} ${sizes}`)
    this.#sink({ action: 'scale-up', group: group.id, sizeBefore: before, sizeAfter: after, pods })
  }

  scaleUpTimedOut(group: MachineGroup, seconds: number): void {
    this.#log(
      'Warning',
      'ScaleUpTimedOut',
      `Nodes added to group ${group.id} failed to register within ${seconds}s`,
    )
    this.#sink({ action: 'scale-up-timed-out', group: group.id })
  }

  revertFailed(group: MachineGroup): void {
    this.#log(
      'Warning',
      'FailedToRevertScaleUp',
      `Failed to decrease target size for group ${group.id} after scale-up timeout: attempt to delete existing nodes`,
    )
  }

  scaleUpFailed(group: MachineGroup, count: number, { code, message }: CreationError): void {
    const cause = `OutOfResourcesErrorClass.${code}; source errors: ${message}`
    this.#log('Warning', 'ScaleUpFailed', `Failed adding ${count} nodes to group ${group.id} due to ${cause}`)
    this.#sink({ action: 'scale-up-failed', group: group.id, reason: code })
  }

  unhealthy(): void {
    this.#log('Warning', 'ClusterUnhealthy', 'Cluster is unhealthy')
  }

  maxNodesReached(most: number): void {
    this.#log('Warning', 'MaxNodesTotalReached', `Max total nodes in cluster reached: ${most}`)
  }

  unregisteredDeleted(group: MachineGroup, name: string): void {
    this.#log('Normal', 'DeleteUnregistered', `Removed unregistered node ${name}`)
    this.#sink({ action: 'unregistered-deleted', group: group.id, node: name })
  }

  priorityConfig(reason: string, message: string): void {
    this.#log('Warning', reason, message)
  }

  /** @param plan as `[{group 1->3 (max: 10)}]`. */
  triggered(pods: readonly PodId[], plan: string): void {
    for (const pod of pods)
      this.#aboutPod(pod, 'Normal', 'TriggeredScaleUp', `pod triggered scale-up: ${plan}`)
  }

  notTriggered(pod: PodId, reasons: string): void {
    this.#aboutPod(pod, 'Normal', 'NotTriggerScaleUp', `pod didn't trigger scale-up: ${reasons}`)
  }

  marked(node: NodeId): void {
    this.#aboutNode(node, 'Normal', 'ScaleDown', 'marked the node as toBeDeleted/unschedulable')
  }

  removing(node: NodeId, utilization: string, pods: readonly PodId[] | undefined): void {
    const name = this.#state.nodes.name[node] as string
    if (pods === undefined) this.#log('Normal', 'ScaleDownEmpty', `Scale-down: removing empty node "${name}"`)
    else {
      const names = pods.map(pod => this.#state.pods.name[pod]).join(',')
      this.#log(
        'Normal',
        'ScaleDown',
        `Scale-down: removing node ${name}, utilization: ${utilization}, pods to reschedule: ${names}`,
      )
    }
  }

  /** @param evicted pods that had to move; undefined: the node was empty. */
  removed(node: NodeId, group: MachineGroup, evicted: number | undefined): void {
    const name = this.#state.nodes.name[node] as string
    this.#aboutNode(node, 'Normal', 'ScaleDown', 'nodes removed by cluster autoscaler')
    if (evicted === undefined) this.#log('Normal', 'ScaleDownEmpty', `Scale-down: empty node ${name} removed`)
    else this.#log('Normal', 'ScaleDown', `Scale-down: node ${name} removed with drain`)
    const action = evicted === undefined ? 'scale-down-empty' : 'scale-down'
    const sizeAfter = group.targetSize
    this.#sink({
      action,
      group: group.id,
      node: name,
      sizeBefore: sizeAfter + 1,
      sizeAfter,
      pods: evicted ?? 0,
    })
  }

  removalFailed(node: NodeId, group: MachineGroup, isDrained: boolean, error: string): void {
    const what = isDrained ? 'failed to drain and delete node' : 'failed to delete empty node'
    this.#aboutNode(node, 'Warning', 'ScaleDownFailed', `${what}: ${error}`)
    const name = this.#state.nodes.name[node] as string
    this.#sink({ action: 'scale-down-failed', group: group.id, node: name, reason: error })
  }

  evicting(pod: PodId): void {
    this.#aboutPod(pod, 'Normal', 'ScaleDown', 'deleting pod for node scale down')
  }

  evictionFailed(pod: PodId): void {
    this.#aboutPod(pod, 'Warning', 'ScaleDownFailed', 'failed to delete pod for ScaleDown')
  }

  #log(type: EventType, reason: string, message: string): void {
    this.#writer.record(STATUS, type, reason, message)
  }

  #aboutPod(pod: PodId, type: EventType, reason: string, message: string): void {
    const { pods, namespaces } = this.#state
    const name = pods.name[pod]
    if (name === undefined) return
    const namespace = namespaces.get(pods.namespace[pod] as NamespaceId)
    this.#writer.record({ kind: 'Pod', namespace, name, uid: pods.uid[pod] }, type, reason, message)
  }

  #aboutNode(node: NodeId, type: EventType, reason: string, message: string): void {
    const { nodes } = this.#state
    const name = nodes.name[node]
    if (name === undefined) return
    this.#writer.record({ kind: 'Node', namespace: '', name, uid: nodes.uid[node] }, type, reason, message)
  }
}
