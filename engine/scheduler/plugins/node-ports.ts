import { areConflicting, type HostPort, hostPortsOf } from '../../model/host-ports.js'
import { NONE, type NodeId, type PodId } from '../../state/ids.js'
import { definePlugin } from '../framework/define-plugin.js'
import { Action, type ClusterEvent } from '../framework/interface.js'
import type { PodShape } from '../framework/pod-shape.js'
import type { Snapshot } from '../framework/snapshot.js'
import { Code, OK, SKIP } from '../framework/status.js'

/** How many pods have a port, by node; at the overlay row, how many more or fewer than on the node it stands for. */
interface PortUse {
  readonly port: HostPort
  counts: Int32Array
  /** Ports in use somewhere that exclude this one, itself among them. */
  readonly conflicts: PortUse[]
}

/**
 * Rejects nodes on which a host port of the pod is taken. Uses are counted as pods come and go, for each port in a
 * column by node.
 *
 * Upstream: pkg/scheduler/framework/plugins/nodeports/node_ports.go (1.36).
 * Simplified: nothing known.
 */
export const nodePorts = definePlugin({
  name: 'NodePorts',
  about: "Rejects nodes where the pod's host ports are taken.",
  args: {},
  create(handle) {
    const { snapshot, state } = handle
    const taken = handle.reason(
      "node(s) didn't have free ports for the requested pod ports",
      Code.Unschedulable,
    )
    const uses = new PortUses(snapshot)
    snapshot.listen({
      podAdded: (_, shape, node) => uses.add(shape, node, 1),
      podRemoved: (_, shape, node) => uses.add(shape, node, -1),
    })
    return {
      preFilter: ({ shape }) => (uses.of(shape).length === 0 ? SKIP : OK),
      filter({ shape }, nodes) {
        const wanted = uses.of(shape)
        const { ids, reason, length } = nodes
        let kept = 0
        for (let i = 0; i < length; i++) {
          const node = ids[i] as NodeId
          if (uses.isFree(wanted, node)) ids[kept++] = node
          else reason[node] = taken
        }
        nodes.length = kept
      },
      followsRow: () => true,
      addPod: (_, pod, node) => uses.add(snapshot.shapes.of(pod), node, 1),
      removePod: (_, pod, node) => uses.add(snapshot.shapes.of(pod), node, -1),
      events: [
        {
          resource: 'Pod',
          actions: Action.Delete,
          hint(pod: PodId, { oldPod }: ClusterEvent) {
            if (oldPod === undefined) return true
            if (oldPod.node === NONE && oldPod.nominatedNode === NONE) return false
            const freed = hostPortsOf(state.templates.get(oldPod.template).spec)
            const wanted = hostPortsOf(state.templates.get(state.pods.templateOf(pod)).spec)
            return wanted.some(port => freed.some(other => areConflicting(port, other)))
          },
        },
        { resource: 'Node', actions: Action.Add },
      ],
    }
  },
})

const NO_PORTS: readonly PortUse[] = []

class PortUses {
  #snapshot: Snapshot
  #ports = new Map<string, PortUse>()
  #byTemplate: (readonly PortUse[])[] = []

  constructor(snapshot: Snapshot) {
    this.#snapshot = snapshot
  }

  /** The ports of a pod; most have none. */
  of({ templateId, template }: PodShape): readonly PortUse[] {
    const known = this.#byTemplate[templateId]
    if (known !== undefined) return known
    const ports = hostPortsOf(template.spec)
    const uses = ports.length === 0 ? NO_PORTS : ports.map(port => this.#use(port))
    this.#byTemplate[templateId] = uses
    return uses
  }

  add(shape: PodShape, node: NodeId, sign: 1 | -1): void {
    for (const use of this.of(shape)) {
      if (node >= use.counts.length) {
        const grown = new Int32Array(this.#snapshot.rows)
        grown.set(use.counts)
        use.counts = grown
      }
      use.counts[node] += sign
    }
  }

  isFree(wanted: readonly PortUse[], row: NodeId): boolean {
    const node = this.#snapshot.original(row)
    for (const { conflicts } of wanted) {
      for (const { counts } of conflicts) {
        // A node beyond the column has had no such port yet.
        let count = node < counts.length ? counts[node] : 0
        if (row !== node && row < counts.length) count += counts[row]
        if (count > 0) return false
      }
    }
    return true
  }

  #use(port: HostPort): PortUse {
    const key = `${port.ip} ${port.protocol} ${port.port}`
    let use = this.#ports.get(key)
    if (use === undefined) {
      use = { port, counts: new Int32Array(0), conflicts: [] }
      use.conflicts.push(use)
      for (const other of this.#ports.values()) {
        if (!areConflicting(port, other.port)) continue
        use.conflicts.push(other)
        other.conflicts.push(use)
      }
      this.#ports.set(key, use)
    }
    return use
  }
}
