/**
 * Drains nodes as `kubectl drain --ignore-daemonsets --force` does: node by node, each is cordoned, its pods
 * are listed, those of DaemonSets are passed over, and all others are evicted at the same time. Each pod goes
 * its own way: after a refusal it is tried again, after an accepted eviction it is looked at every second
 * until it is gone.
 *
 * Upstream: staging/src/k8s.io/kubectl/pkg/cmd/drain/drain.go, pkg/drain/drain.go and filters.go (1.36).
 * Simplified: pods with local storage are always evicted (--delete-emptydir-data).
 */
import type { EventKind } from '../kernel/kernel.js'
import { SECOND, type SimTime } from '../kernel/time.js'
import type { OperationOf } from '../model/operations.js'
import { type NamespaceId, NONE, type NodeId, type ObjectId, type PodId } from '../state/ids.js'
import { eachNode } from './each-node.js'
import { EvictionRequests } from './eviction-requests.js'
import { defineOperation, type OperatorContext } from './operation.js'

/** kubectl looks every second whether an evicted pod is gone. */
const POLL: SimTime = 1 * SECOND

const MIRROR = 'kubernetes.io/config.mirror'

interface Drain {
  readonly index: number
  readonly operation: OperationOf<'drain'>
  readonly nodes: readonly NodeId[]
  /** Position of the node being drained. */
  position: number
  startedAt: SimTime
  /** Pods of the node that are not through. */
  left: number
  timedOut: boolean
}

/** One pod on its way out. */
interface Leaving {
  readonly course: Drain
  readonly pod: PodId
  readonly uid: number
}

export const drain = defineOperation('drain', context => {
  const drains = new Drains(context)
  return operation => {
    const nodes: NodeId[] = []
    eachNode(context, 'drain', operation.nodes, node => nodes.push(node))
    drains.start(operation, nodes)
    return undefined
  }
})

class Drains {
  readonly #context: OperatorContext
  readonly #evictions: EvictionRequests
  readonly #leaving: Leaving[] = []
  readonly #try: EventKind
  readonly #poll: EventKind
  /** The node's pods are listed, and the node is done: the answers of the requests before. */
  readonly #list: EventKind
  readonly #next: EventKind
  readonly #courses: Drain[] = []

  constructor(context: OperatorContext) {
    this.#context = context
    this.#evictions = new EvictionRequests(context, 'drain')
    this.#try = context.on('drain-evict', index => this.#evict(index))
    this.#poll = context.on('drain-poll', index => this.#look(index))
    this.#list = context.on('drain-list', course => this.#listPods(this.#courses[course]))
    this.#next = context.on('drain-next', course => this.#nodeDone(this.#courses[course]))
  }

  start(operation: OperationOf<'drain'>, nodes: readonly NodeId[]): void {
    if (operation.cordonAllFirst)
      for (const node of nodes) this.#context.api.nodes.patchUnschedulable(node, true)
    const index = this.#courses.length
    const course: Drain = { index, operation, nodes, position: 0, startedAt: 0, left: 0, timedOut: false }
    this.#courses.push(course)
    this.#drainNode(course)
  }

  #drainNode(course: Drain): void {
    const { api, kernel, report } = this.#context
    const node = course.nodes[course.position]
    if (node === undefined) return
    course.startedAt = kernel.now
    course.timedOut = false
    report('drain', 'START', '', { node: api.state.nodes.name[node] })
    if (api.state.nodes.exists(node)) api.nodes.patchUnschedulable(node, true)
    kernel.schedule(kernel.now + 2 * this.#latency, this.#list, course.index)
  }

  #listPods(course: Drain): void {
    const { api, kernel } = this.#context
    const pods = this.#podsToEvict(course.nodes[course.position])
    course.left = pods.length
    if (pods.length === 0) kernel.schedule(kernel.now + this.#latency, this.#next, course.index)
    for (const pod of pods) {
      const index = this.#leaving.push({ course, pod, uid: api.state.pods.uid[pod] }) - 1
      kernel.schedule(kernel.now + this.#latency, this.#try, index)
    }
  }

  /** What a request needs to get to the API server, and its answer to get back. */
  get #latency(): SimTime {
    return this.#context.model.controlPlane.requestLatency
  }

  /** In order of name, as a list from the API is. */
  #podsToEvict(node: NodeId): PodId[] {
    const { api, report } = this.#context
    const { pods, nodes, namespaces, templates, objects } = api.state
    const found: PodId[] = []
    for (let row = nodes.firstPod[node]; row !== NONE; row = pods.nextOnNode[row]) found.push(row as PodId)
    found.sort((a, b) => (api.state.podKey(a) < api.state.podKey(b) ? -1 : 1))
    return found.filter(pod => {
      if (templates.get(pods.templateOf(pod)).annotations[MIRROR] !== undefined) return false
      const owner = pods.owner[pod] as ObjectId
      if (owner === NONE || objects.get(owner).kind !== 'DaemonSet' || pods.isFinished(pod)) return true
      const namespace = namespaces.get(pods.namespace[pod] as NamespaceId)
      const { name } = objects.get(owner).meta
      report('drain', 'SKIP', namespace, { pod: pods.name[pod], owner: `DaemonSet/${name}` })
      return false
    })
  }

  #evict(index: number): void {
    const { pod, uid } = this.#leaving[index]
    this.#evictions.send(pod, uid, code => this.#answered(index, code))
  }

  #answered(index: number, code: number): void {
    const { course } = this.#leaving[index]
    const { kernel } = this.#context
    if (code === 201) kernel.schedule(kernel.now + POLL + this.#latency, this.#poll, index)
    else if (code === 404) this.#podDone(course)
    else this.#later(index, this.#try, course.operation.retryAfter)
  }

  #look(index: number): void {
    const { course, pod, uid } = this.#leaving[index]
    const { pods } = this.#context.api.state
    if (pods.uid[pod] !== uid || !pods.exists(pod)) this.#podDone(course)
    else this.#later(index, this.#poll, POLL)
  }

  /** Goes on after a wait, unless the node's time is over. */
  #later(index: number, kind: EventKind, wait: SimTime): void {
    const { kernel } = this.#context
    const { course } = this.#leaving[index]
    if (kernel.now - course.startedAt < course.operation.timeout) {
      kernel.schedule(kernel.now + wait, kind, index)
      return
    }
    course.timedOut = true
    this.#podDone(course)
  }

  #podDone(course: Drain): void {
    if (--course.left > 0) return
    const { kernel } = this.#context
    kernel.schedule(kernel.now + this.#latency, this.#next, course.index)
  }

  #nodeDone(course: Drain): void {
    const { api, kernel, report } = this.#context
    report('drain', 'END', '', {
      node: api.state.nodes.name[course.nodes[course.position]],
      seconds: (kernel.now - course.startedAt) / SECOND,
      timedOut: course.timedOut,
    })
    course.position++
    this.#drainNode(course)
  }
}
