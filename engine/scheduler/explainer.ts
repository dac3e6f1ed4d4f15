import type { SimTime } from '../kernel/time.js'
import type { ExplainedAttempt, Explanations } from '../record/explanations.js'
import type { ClusterState } from '../state/cluster-state.js'
import { type NamespaceId, NONE, type NodeId, type PodId } from '../state/ids.js'
import type { CycleWatcher } from './cycle-scores.js'
import type { NodeList } from './framework/node-list.js'
import type { RejectionId, Rejections } from './framework/status.js'
import type { SchedulingCycle } from './scheduling-cycle.js'

export interface ExplainerOptions {
  readonly state: ClusterState
  readonly rejections: Rejections
  readonly explanations: Explanations
  readonly nodeCount: () => number
  readonly attemptsOf: (pod: PodId) => number
}

/**
 * Writes down why a cycle ended as it did: what each plugin rejected, each score of each node, the winner and the
 * runner-up. It reads what the cycle leaves behind and changes nothing.
 *
 * Upstream: none; the message is FitError's of pkg/scheduler/framework/types.go (1.36).
 * Simplified: nothing known.
 */
export class Explainer implements CycleWatcher {
  readonly #options: ExplainerOptions
  #attempt: ExplainedAttempt | undefined

  constructor(options: ExplainerOptions) {
    this.#options = options
  }

  /** Before a cycle: watches it if its pod is one to explain. */
  watch(pod: PodId, cycle: SchedulingCycle, profile: string, at: SimTime): void {
    this.#attempt = this.#attemptOf(pod, profile, at)
    cycle.watcher = this.#attempt === undefined ? undefined : this
  }

  scored(plugin: string, weight: number, nodes: NodeList, scores: Float64Array): void {
    const attempt = this.#attempt
    const { explanations, state } = this.#options
    if (attempt === undefined || explanations.scores === undefined) return
    const names = state.nodes.name
    for (let i = 0; i < nodes.length; i++) {
      explanations.score(attempt, names[nodes.ids[i]] ?? '', plugin, scores[i], weight)
    }
  }

  /** After the cycle. */
  ended(cycle: SchedulingCycle, succeeded: boolean): void {
    const attempt = this.#attempt
    if (attempt === undefined) return
    this.#attempt = undefined
    const { explanations, state, nodeCount } = this.#options
    const { name } = state.nodes
    const { rejected, feasible, postFilter } = cycle
    const nominated = postFilter?.nominatedNode
    const node = succeeded ? cycle.node : (nominated ?? NONE)
    explanations.attempt(attempt, {
      result: succeeded ? 'scheduled' : nominated === undefined ? 'unschedulable' : 'preempting',
      node: node === NONE ? '' : (name[node] ?? ''),
      ...(succeeded && cycle.scored ? this.#ranking(cycle) : {}),
      nodes: nodeCount(),
      feasible: feasible.length,
      rejected: rejected.length,
      rejections: this.#countRejections(cycle),
      victims: (postFilter?.victims ?? []).map(pod => state.podKey(pod)).join(' '),
      message: succeeded ? '' : cycle.failureMessage(),
    })
    this.#writeRejections(attempt, cycle)
  }

  /** A plugin said no after a node had been found. */
  refused(pod: PodId, profile: string, rejection: RejectionId | 0, at: SimTime): void {
    const attempt = this.#attemptOf(pod, profile, at)
    if (attempt === undefined) return
    const { explanations, rejections } = this.#options
    const { plugin, reasons } = rejection === 0 ? UNNAMED : rejections.get(rejection)
    const message = reasons.join(', ')
    explanations.attempt(attempt, { result: 'refused', rejections: `${plugin}: ${message}`, message })
    explanations.rejection(attempt, '', plugin, message)
  }

  #attemptOf(pod: PodId, profile: string, at: SimTime): ExplainedAttempt | undefined {
    const { state, explanations, attemptsOf } = this.#options
    const { pods, namespaces } = state
    const namespace = namespaces.get(pods.namespace[pod] as NamespaceId)
    const name = pods.name[pod] ?? ''
    if (!explanations.wants(namespace, name)) return undefined
    return { at, namespace, name, uid: pods.uid[pod], attempt: attemptsOf(pod), profile }
  }

  /** Sums of the chosen node and of the best of the others. */
  #ranking({ feasible, totals, node }: SchedulingCycle): object {
    let total = 0
    let second = -1
    let best = 0
    for (let i = 0; i < feasible.length; i++) {
      if (feasible.ids[i] === node) total = totals[i]
      else if (second < 0 || totals[i] > totals[second]) second = i
    }
    for (let i = 0; i < feasible.length; i++) if (totals[i] === total) best++
    const runnerUp = this.#options.state.nodes.name[feasible.ids[second]] ?? ''
    return { total, runnerUp, runnerUpTotal: totals[second], bestNodes: best }
  }

  /** Every plugin and reason with its nodes, the most frequent first. */
  #countRejections(cycle: SchedulingCycle): string {
    const { rejections, nodeCount } = this.#options
    const counts = new Map<string, number>()
    const count = (id: RejectionId, nodes: number): void => {
      const { plugin, reasons } = rejections.get(id)
      for (const reason of reasons) {
        const key = `${plugin}\n${reason}`
        counts.set(key, (counts.get(key) ?? 0) + nodes)
      }
    }
    const { rejected, preFilterRejection, restrictedBy } = cycle
    if (preFilterRejection !== 0) count(preFilterRejection, nodeCount())
    else {
      for (let i = 0; i < rejected.length; i++) count(rejected.reason[rejected.ids[i]] as RejectionId, 1)
      const outside = nodeCount() - rejected.length - cycle.feasible.length
      for (const plugin of restrictedBy) counts.set(`${plugin}\nnot among the nodes it allows`, outside)
    }
    return [...counts]
      .sort(([a, more], [b, fewer]) => fewer - more || (a < b ? -1 : 1))
      .map(([key, nodes]) => key.replace('\n', `: ${nodes} `))
      .join(' | ')
  }

  #writeRejections(attempt: ExplainedAttempt, { rejected, preFilterRejection }: SchedulingCycle): void {
    const { explanations, rejections, state } = this.#options
    if (explanations.scores === undefined) return
    if (preFilterRejection !== 0) {
      const { plugin, reasons } = rejections.get(preFilterRejection)
      explanations.rejection(attempt, '', plugin, reasons.join(', '))
      return
    }
    for (let i = 0; i < rejected.length; i++) {
      const node = rejected.ids[i] as NodeId
      const { plugin, reasons } = rejections.get(rejected.reason[node] as RejectionId)
      explanations.rejection(attempt, state.nodes.name[node] ?? '', plugin, reasons.join(', '))
    }
  }
}

/** A binding that failed without a plugin's word. */
const UNNAMED = { plugin: 'binding', reasons: ['the binding failed'] }
