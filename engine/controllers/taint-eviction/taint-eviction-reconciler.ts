/**
 * Evicts pods from nodes with NoExecute taints that they do not tolerate, or no longer: keys are nodes whose taints
 * changed; a pod that comes to a tainted node is looked at by itself.
 *
 * Upstream: pkg/controller/tainteviction/taint_eviction.go (1.36).
 * Simplified: updates of pods are handled when they arrive, not by the worker of their node.
 */
import type { SimTime } from '../../kernel/time.js'
import { SECOND } from '../../kernel/time.js'
import { type Taint, TaintEffect } from '../../model/taints.js'
import { Change, Source } from '../../state/change-log.js'
import { NONE, type NodeId, type PodId, type TaintSetId } from '../../state/ids.js'
import { type ControllerContext, DONE, type ReconcileResult, type Reconciler } from '../controller.js'
import { PodEvictions } from './pod-evictions.js'
import { matchingTolerations, shortestTolerationSeconds } from './toleration-time.js'

const NO_TAINTS: readonly Taint[] = []

export class TaintEvictionReconciler implements Reconciler {
  readonly #context: ControllerContext
  readonly #evictions: PodEvictions
  /** NoExecute taints of the nodes that have any, as of their latest sync. */
  readonly #tainted = new Map<NodeId, readonly Taint[]>()
  /** Taint sets seen before, by what of them is NoExecute. */
  readonly #noExecute: (readonly Taint[] | undefined)[] = []

  constructor(context: ControllerContext) {
    this.#context = context
    this.#evictions = new PodEvictions(context)
  }

  changed(source: Source, row: number, fields: number, now: SimTime): void {
    if (source === Source.Nodes) this.#nodeChanged(row as NodeId, fields)
    else this.#podChanged(row as PodId, fields, now)
  }

  #nodeChanged(node: NodeId, fields: number): void {
    if ((fields & Change.Deleted) !== 0) {
      this.#tainted.delete(node)
      return
    }
    const isTainted = this.#noExecuteTaints(node).length > 0
    if (isTainted || this.#tainted.has(node)) this.#context.queue.add(node)
  }

  #podChanged(pod: PodId, fields: number, now: SimTime): void {
    const { pods } = this.#context.state
    if ((fields & Change.Deleted) !== 0) {
      this.#evictions.cancel(pod)
      return
    }
    if (this.#tainted.size === 0 || pods.node[pod] === NONE) return
    const taints = this.#tainted.get(pods.nodeOf(pod))
    if (taints !== undefined) this.#judge(pod, taints, now)
  }

  reconcile(key: number, now: SimTime): ReconcileResult {
    const { state, informer } = this.#context
    const { nodes, pods } = state
    const node = key as NodeId
    if (!nodes.exists(node)) return DONE
    const taints = this.#noExecuteTaints(node)
    const before = this.#tainted.get(node) ?? NO_TAINTS
    if (sameTaints(before, taints)) return DONE
    if (taints.length > 0) this.#tainted.set(node, taints)
    else this.#tainted.delete(node)
    for (let row = nodes.firstPod[node]; row !== NONE; row = pods.nextOnNode[row]) {
      if (!informer.sees(pods.createdSequence[row], 0)) continue
      if (taints.length === 0) this.#evictions.cancel(row as PodId)
      else this.#judge(row as PodId, taints, now)
    }
    return DONE
  }

  #judge(pod: PodId, taints: readonly Taint[], now: SimTime): void {
    const { pods, templates } = this.#context.state
    const { tolerations = [] } = templates.get(pods.templateOf(pod)).spec
    const used = matchingTolerations(taints, tolerations)
    if (used === undefined) {
      this.#evictions.cancel(pod)
      this.#evictions.add(pod, now, now)
      return
    }
    const seconds = shortestTolerationSeconds(used)
    if (seconds === Infinity) {
      this.#evictions.cancel(pod)
      return
    }
    const scheduledAt = this.#evictions.scheduledAt(pod)
    // A timer that runs goes on as it is, whatever the tolerations of further taints say.
    if (scheduledAt !== undefined && scheduledAt < now) return
    this.#evictions.cancel(pod)
    this.#evictions.add(pod, now, now + seconds * SECOND)
  }

  #noExecuteTaints(node: NodeId): readonly Taint[] {
    const { nodes, taintSets } = this.#context.state
    const set = nodes.taints[node] as TaintSetId
    const known = this.#noExecute[set]
    if (known !== undefined) return known
    const found = taintSets.get(set).filter(({ effect }) => effect === TaintEffect.NoExecute)
    this.#noExecute[set] = found
    return found
  }
}

function sameTaints(a: readonly Taint[], b: readonly Taint[]): boolean {
  if (a === b) return true
  if (a.length !== b.length) return false
  return a.every(
    ({ key, value = '', effect }, i) =>
      key === b[i].key && value === (b[i].value ?? '') && effect === b[i].effect,
  )
}
