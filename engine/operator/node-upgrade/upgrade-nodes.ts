import { SECOND, type SimTime } from '../../kernel/time.js'
import { type IntOrPercent, Rounding, resolveIntOrPercent } from '../../model/int-or-percent.js'
import type { UpgradeSettings } from '../../model/node-operations.js'
import type { LabelSetId, NodeId } from '../../state/ids.js'
import { chosenNodes } from '../chosen-nodes.js'
import { defineOperation, type OperatorContext } from '../operation.js'
import { GroupUpgrade, type UpgradedNodes } from './group-upgrade.js'

/**
 * Upgrades nodes as managed clusters do: group after group, in each group new machines first as far as the
 * surge goes, and never more nodes away than may be unavailable.
 * Upstream: surge upgrades of managed node pools; MachineDeployments of Cluster API v1.11 (rolling update).
 * Simplified: nothing known.
 */
export const upgradeNodes = defineOperation('upgrade-nodes', context => {
  const waiting: (() => void)[] = []
  const kind = context.on('upgrade-next', index => waiting[index]())
  const after = (delay: SimTime, then: () => void): void => {
    const { kernel } = context
    if (delay === 0) then()
    else kernel.schedule(kernel.now + delay, kind, waiting.push(then) - 1)
  }
  return operation => {
    const nodes = chosenNodes(context, 'upgrade-nodes', operation)
    context.drainer.foresee(nodes, operation.drain, false)
    new Upgrade(context, operation, groupsOf(context, nodes, operation.orderBy), after).next()
    return undefined
  }
})

class Upgrade {
  readonly #context: OperatorContext
  readonly #settings: UpgradeSettings
  readonly #groups: readonly (readonly NodeId[])[]
  readonly #after: (delay: SimTime, then: () => void) => void
  readonly #since: SimTime
  #position = 0
  #upgraded = 0
  #skipped = 0

  constructor(
    context: OperatorContext,
    settings: UpgradeSettings,
    groups: readonly (readonly NodeId[])[],
    after: (delay: SimTime, then: () => void) => void,
  ) {
    this.#context = context
    this.#settings = settings
    this.#groups = groups
    this.#after = after
    this.#since = context.kernel.now
  }

  /** Begins with the next group. */
  next(): void {
    const nodes = this.#groups[this.#position++]
    if (nodes === undefined) {
      this.#finish(false)
      return
    }
    const upgrade = new GroupUpgrade({
      context: this.#context,
      settings: this.#settings,
      nodes,
      ...limitsOf(this.#settings, nodes.length),
      after: this.#after,
      done: done => this.#groupDone(done),
    })
    upgrade.step()
  }

  #groupDone({ upgraded, skipped, isStopped }: UpgradedNodes): void {
    this.#upgraded += upgraded
    this.#skipped += skipped
    if (isStopped || this.#position === this.#groups.length) this.#finish(isStopped)
    else this.#after(this.#settings.pauseBetweenGroups, () => this.next())
  }

  #finish(isStopped: boolean): void {
    const { kernel, report } = this.#context
    report('upgrade-nodes', 'DONE', '', {
      upgraded: this.#upgraded,
      skipped: this.#skipped,
      stopped: isStopped,
      seconds: (kernel.now - this.#since) / SECOND,
    })
  }
}

/** Nodes with one value of the label together, values in order; those without it last. */
function groupsOf(
  { api }: OperatorContext,
  nodes: readonly NodeId[],
  label: string | undefined,
): readonly (readonly NodeId[])[] {
  if (label === undefined) return nodes.length === 0 ? [] : [nodes]
  const { nodes: table, labelSets } = api.state
  const groups = new Map<string, NodeId[]>()
  const rest: NodeId[] = []
  for (const node of nodes) {
    const value = labelSets.get(table.labels[node] as LabelSetId)[label]
    if (value === undefined) rest.push(node)
    else groups.set(value, [...(groups.get(value) ?? []), node])
  }
  const sorted = [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group)
  return rest.length === 0 ? sorted : [...sorted, rest]
}

/** Rounded as Cluster API does; one node at least may be away where nothing else would ever happen. */
function limitsOf({ maxSurge, maxUnavailable }: UpgradeSettings, size: number) {
  const read = (given: IntOrPercent, rounding: Rounding): number =>
    Math.max(0, resolveIntOrPercent(given, size, rounding) ?? 0)
  const surge = read(maxSurge, Rounding.Up)
  const unavailable = read(maxUnavailable, Rounding.Down)
  return { surge, unavailable: surge === 0 && unavailable === 0 ? 1 : unavailable }
}
