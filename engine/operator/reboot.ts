/**
 * Reboots nodes, so many at once: each is drained if it shall be, its machine shuts down as its kubelet is
 * configured to, and starts again after a time. Pods stay bound: those that the shutdown did not end start
 * again with their node when it is back before they are evicted.
 *
 * Upstream: pkg/kubelet/nodeshutdown (1.36); tools such as kured.
 * Simplified: nothing known.
 */
import { SECOND } from '../kernel/time.js'
import type { RebootSettings } from '../model/node-operations.js'
import type { NodeId } from '../state/ids.js'
import { chosenNodes } from './chosen-nodes.js'
import { drainedFirst } from './drained-first.js'
import { defineOperation, type OperatorContext } from './operation.js'

export const reboot = defineOperation('reboot', context => {
  const reboots: Reboots[] = []
  const next = context.on('reboot-next', index => reboots[index].next())
  return operation => {
    const nodes = chosenNodes(context, 'reboot', operation)
    if (operation.drain !== undefined) context.drainer.foresee(nodes, operation.drain, false)
    const index = reboots.length
    const { kernel } = context
    const after = (): void => void kernel.schedule(kernel.now + operation.pause, next, index)
    const course = new Reboots(context, operation, nodes, after)
    reboots.push(course)
    for (let i = 0; i < Math.min(nodes.length, operation.parallel); i++) course.next()
    return undefined
  }
})

class Reboots {
  readonly #context: OperatorContext
  readonly #settings: RebootSettings
  readonly #waiting: NodeId[]
  readonly #after: () => void
  #isStopped = false

  constructor(context: OperatorContext, settings: RebootSettings, nodes: NodeId[], after: () => void) {
    this.#context = context
    this.#settings = settings
    this.#waiting = nodes
    this.#after = after
  }

  next(): void {
    const node = this.#isStopped ? undefined : this.#waiting.shift()
    if (node === undefined) return
    const { report, api } = this.#context
    const { drain, afterFailedDrain } = this.#settings
    report('reboot', 'START', '', { node: api.state.nodes.name[node] })
    if (drain === undefined) {
      this.#reboot(node, false)
      return
    }
    drainedFirst(this.#context, node, 'reboot', drain, afterFailedDrain, how => {
      if (how === 'empty') {
        this.#reboot(node, true)
        return
      }
      report('reboot', 'SKIP', '', { node: api.state.nodes.name[node] })
      this.#isStopped = how === 'stopped'
      this.#after()
    })
  }

  #reboot(node: NodeId, wasDrained: boolean): void {
    const { machines, kernel, api, report } = this.#context
    const { nodes } = api.state
    const name = nodes.name[node] as string
    const since = kernel.now
    machines.reboot(node, machines.time(this.#settings.downFor, name), () => {
      if (wasDrained && nodes.exists(node)) api.nodes.patchUnschedulable(node, false)
      report('reboot', 'END', '', { node: name, seconds: (kernel.now - since) / SECOND })
      this.#after()
    })
  }
}
