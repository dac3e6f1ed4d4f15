/**
 * Nodes that are down, and why: a node that two failures hold down is up again when both are over, and a machine that
 * crashed while it was cut off from the network boots before anybody hears of it.
 *
 * Upstream: what happens to real machines; no file of Kubernetes.
 * Simplified: nothing known.
 */
import type { NodeId } from '../state/ids.js'
import type { FaultPorts } from './fault-ports.js'

interface Causes {
  crashes: number
  silences: number
}

export class NodeOutages {
  readonly #ports: FaultPorts
  readonly #down = new Map<NodeId, Causes>()

  constructor(ports: FaultPorts) {
    this.#ports = ports
  }

  crash(node: NodeId): void {
    const causes = this.#causes(node)
    if (causes.crashes++ === 0) this.#ports.crash(node)
  }

  silence(node: NodeId): void {
    const causes = this.#causes(node)
    if (causes.silences++ === 0 && causes.crashes === 0) this.#ports.silence(node)
  }

  /** One of the crashes is mended. */
  boot(node: NodeId): void {
    const causes = this.#down.get(node)
    if (causes === undefined || --causes.crashes > 0) return
    this.#ports.boot(node)
    if (causes.silences > 0) this.#ports.silence(node)
    else this.#down.delete(node)
  }

  /** One of the reasons for silence is over. */
  revive(node: NodeId): void {
    const causes = this.#down.get(node)
    if (causes === undefined || --causes.silences > 0 || causes.crashes > 0) return
    this.#down.delete(node)
    this.#ports.revive(node)
  }

  /** The Node object has gone; what comes later under its row is another node. */
  forget(node: NodeId): void {
    this.#down.delete(node)
  }

  #causes(node: NodeId): Causes {
    let causes = this.#down.get(node)
    if (causes === undefined) {
      causes = { crashes: 0, silences: 0 }
      this.#down.set(node, causes)
    }
    return causes
  }
}
