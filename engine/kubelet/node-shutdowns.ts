/**
 * Graceful shutdown of nodes: the node says that it is shutting down, takes no more pods, and ends those it has group
 * by group, the lowest priorities first; a group is waited for until its pods are down or its time is over. Then the
 * machine goes off.
 *
 * Upstream: pkg/kubelet/nodeshutdown/nodeshutdown_manager.go, nodeshutdown_manager_linux.go (1.36).
 * Simplified: volumes are unmounted at once; a kubelet that is silent ends nothing, its machine goes off.
 */
import type { ApiServer } from '../apiserver/api-server.js'
import { type EventHandle, NO_EVENT } from '../kernel/event-queue.js'
import { type EventKind, type Kernel, Rank } from '../kernel/kernel.js'
import { SECOND, type SimTime } from '../kernel/time.js'
import { NONE, type NodeId, type PodId, Status } from '../state/ids.js'
import type { KubeletEvents } from './kubelet-events.js'
import type { NodeStatusReports } from './node-status.js'
import type { PodEnding } from './pod-endings.js'
import { type ShutdownGroup, shutdownGroups } from './shutdown-groups.js'

const ENDING: PodEnding = {
  reason: 'Terminated',
  message: 'Pod was terminated in response to imminent node shutdown.',
  isDisruption: true,
}
const REFUSAL: PodEnding = {
  reason: 'NodeShutdown',
  message: 'Pod was rejected as the node is shutting down.',
  isDisruption: false,
}

/** From the last pod's end until the machine is off, in which last statuses are posted; a second is our assumption. */
const POWER_OFF_DELAY: SimTime = 1 * SECOND

interface ActivePod {
  readonly pod: PodId
  readonly uid: number
}

interface Shutdown {
  /** Those still to come. */
  readonly groups: ShutdownGroup<ActivePod>[]
  /** Pods of the group at hand that are not down yet. */
  readonly waiting: Set<PodId>
  timer: EventHandle
  /** All groups are through: the machine is about to go off. */
  isEmpty: boolean
  readonly isOff: () => void
}

export interface ShutdownParts {
  readonly status: NodeStatusReports
  readonly events: KubeletEvents
  /** Ends a pod for its node's sake. */
  end(pod: PodId, graceSeconds: number, ending: PodEnding): void
}

export class NodeShutdowns {
  readonly #kernel: Kernel
  readonly #api: ApiServer
  readonly #parts: ShutdownParts
  readonly #timeUp: EventKind
  readonly #nodes = new Map<NodeId, Shutdown>()

  constructor(kernel: Kernel, api: ApiServer, parts: ShutdownParts) {
    this.#kernel = kernel
    this.#api = api
    this.#parts = parts
    this.#timeUp = kernel.on('kubelet/ShutdownGroup', Rank.Kubelet, node => {
      const shutdown = this.#nodes.get(node as NodeId)
      if (shutdown === undefined) return
      shutdown.timer = NO_EVENT
      if (shutdown.isEmpty) shutdown.isOff()
      else this.#nextGroup(node as NodeId, shutdown)
    })
  }

  /** Why a node that shuts down takes no pod. */
  refusal(node: NodeId): PodEnding | undefined {
    return this.#nodes.has(node) ? REFUSAL : undefined
  }

  /** Shuts the node down. @param isOff is called when its machine can go off: at once when nothing is graceful. */
  begin(node: NodeId, isOff: () => void): void {
    if (this.#nodes.has(node)) return
    const { state } = this.#api
    const { pods, nodes } = state
    const settings = nodes.kubeletConfig[node]?.shutdown
    const active: ActivePod[] = []
    for (let row = nodes.firstPod[node]; row !== NONE; row = pods.nextOnNode[row])
      if (!pods.isFinished(row as PodId)) active.push({ pod: row as PodId, uid: pods.uid[row] })
    active.sort((a, b) => a.uid - b.uid)
    const groups =
      settings === undefined ? [] : shutdownGroups(settings, active, ({ pod }) => pods.priority[pod])
    if (groups.length === 0) return isOff()
    const shutdown: Shutdown = { groups, waiting: new Set(), timer: NO_EVENT, isEmpty: false, isOff }
    this.#nodes.set(node, shutdown)
    this.#parts.events.ofNode(node, 'Normal', 'NodeShutdown', 'Shutdown manager detected shutdown event')
    this.#parts.status.report(node, 'Ready', Status.False, 'KubeletNotReady', false)
    this.#nextGroup(node, shutdown)
  }

  /** A pod has ended, or its object has gone. */
  podChanged(node: NodeId, pod: PodId): void {
    if (this.#nodes.size === 0) return
    const shutdown = this.#nodes.get(node)
    if (shutdown === undefined || !shutdown.waiting.has(pod)) return
    const { pods } = this.#api.state
    if (pods.exists(pod) && !pods.isFinished(pod)) return
    shutdown.waiting.delete(pod)
    if (shutdown.waiting.size === 0) this.#nextGroup(node, shutdown)
  }

  /** The machine is down, or the Node object has gone. */
  forget(node: NodeId): void {
    const shutdown = this.#nodes.get(node)
    if (shutdown === undefined) return
    this.#cancel(shutdown)
    this.#nodes.delete(node)
  }

  #nextGroup(node: NodeId, shutdown: Shutdown): void {
    const { pods, templates } = this.#api.state
    this.#cancel(shutdown)
    shutdown.waiting.clear()
    let group = shutdown.groups.shift()
    while (group !== undefined) {
      const { seconds } = group
      const alive = group.pods.filter(({ pod, uid }) => {
        return pods.uid[pod] === uid && pods.exists(pod) && !pods.isFinished(pod)
      })
      if (alive.length > 0) {
        for (const { pod } of alive) shutdown.waiting.add(pod)
        for (const { pod } of alive) {
          const own = templates.get(pods.templateOf(pod)).spec.terminationGracePeriodSeconds
          this.#parts.end(pod, own !== undefined && own <= seconds ? own : seconds, ENDING)
        }
        // After the ends of the pods, so that those whose time is up in the same moment are counted.
        this.#wait(node, shutdown, seconds * SECOND)
        return
      }
      group = shutdown.groups.shift()
    }
    shutdown.isEmpty = true
    this.#wait(node, shutdown, POWER_OFF_DELAY)
  }

  #wait(node: NodeId, shutdown: Shutdown, delay: SimTime): void {
    shutdown.timer = this.#kernel.schedule(this.#kernel.now + delay, this.#timeUp, node)
  }

  #cancel(shutdown: Shutdown): void {
    if (shutdown.timer !== NO_EVENT) this.#kernel.cancel(shutdown.timer)
    shutdown.timer = NO_EVENT
  }
}
