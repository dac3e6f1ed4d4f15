/**
 * Why nodes could not be removed in the last loop, and until when those that were looked at closely are left alone.
 *
 * Upstream: core/scaledown/unremovable/nodes.go of cluster-autoscaler 1.36.1.
 * Simplified: nothing known.
 */
import type { SimTime } from '../../kernel/time.js'
import type { NodeId } from '../../state/ids.js'
import { BlockingReason } from './drain-rules.js'
import type { UnremovableNode } from './removal-simulator.js'

export class UnremovableNodes {
  readonly #leftAloneUntil = new Map<NodeId, SimTime>()
  readonly #reasons = new Map<NodeId, UnremovableNode>()

  /** A new loop: reasons are forgotten, and times of nodes that are gone or that have passed. */
  update(now: SimTime, isListed: (node: NodeId) => boolean): void {
    this.#reasons.clear()
    for (const [node, until] of this.#leftAloneUntil) {
      if (until <= now || !isListed(node)) this.#leftAloneUntil.delete(node)
    }
  }

  add(node: UnremovableNode): void {
    this.#reasons.set(node.node, node)
  }

  addUntil(node: UnremovableNode, until: SimTime): void {
    this.#leftAloneUntil.set(node.node, until)
    this.add(node)
  }

  isRecent(node: NodeId): boolean {
    return this.#leftAloneUntil.has(node)
  }

  /** The row of the node is about to stand for another one. */
  forget(node: NodeId): void {
    this.#leftAloneUntil.delete(node)
    this.#reasons.delete(node)
  }

  get reasons(): ReadonlyMap<NodeId, UnremovableNode> {
    return this.#reasons
  }

  /**
   * When the first node is worth another look: one judged before the last change, or one that is kept by something that
   * time alone will end.
   */
  nextLook(changedAt: SimTime, recheck: SimTime): SimTime | undefined {
    let next: SimTime | undefined
    for (const [node, until] of this.#leftAloneUntil) {
      const isKeptForATime =
        this.#reasons.get(node)?.blocking?.reason === BlockingReason.UnmovableKubeSystemPod
      if (until - recheck >= changedAt && !isKeptForATime) continue
      if (next === undefined || until < next) next = until
    }
    return next
  }
}
