import {
  defaultPod,
  type LabelledTemplate,
  type Labels,
  NEVER,
  type NodePool,
  type PodSpec,
  type PodTrace,
  type SimTime,
} from '../../engine/index.js'
import type { CsvRow } from './csv-row.js'
import type { NodeRun, TraceOptions } from './trace-reader.js'

/** Interns things under small keys, so that a row costs one look-up. */
class Pool<Thing> {
  readonly things: Thing[] = []
  readonly #indexes = new Map<string, number>()

  index(key: string, make: () => Thing): number {
    let index = this.#indexes.get(key)
    if (index === undefined) {
      index = this.things.length
      this.things.push(make())
      this.#indexes.set(key, index)
    }
    return index
  }
}

/** The nodes of a trace as they are read: pools of equal nodes, names in the order of the file. */
export class TraceNodes {
  readonly runs: NodeRun[] = []
  readonly #pools = new Pool<NodePool>()
  readonly #names = new Set<string>()

  get pools(): readonly NodePool[] {
    return this.#pools.things
  }

  /** `nameColumn` takes the blame for a name that was there before. */
  add(row: CsvRow, nameColumn: number, key: string, make: () => NodePool): void {
    const name = row.text(nameColumn)
    if (name === '') return row.fault(nameColumn, 'the node has no name')
    if (this.#names.has(name)) return row.fault(nameColumn, `there is a node "${name}" already`)
    this.#names.add(name)
    const pool = this.#pools.index(key, make)
    const last = this.runs.at(-1)
    if (last?.pool === pool) last.names.push(name)
    else this.runs.push({ pool, names: [name] })
    return undefined
  }
}

/** The pods of a trace as they are read. */
export class TracePods {
  readonly #options: TraceOptions
  readonly #templates = new Pool<LabelledTemplate>()
  readonly #seen = new Set<string>()
  readonly #names: string[] = []
  readonly #createdAt: number[] = []
  readonly #template: number[] = []
  readonly #runFor: number[] = []
  readonly #deletedAt: number[] = []
  #isSorted = true

  constructor(options: TraceOptions) {
    this.#options = options
  }

  get templates(): readonly LabelledTemplate[] {
    return this.#templates.things
  }

  template(key: string, make: () => LabelledTemplate): number {
    return this.#templates.index(key, make)
  }

  add(
    row: CsvRow,
    nameColumn: number,
    createdAt: SimTime,
    template: number,
    runFor: SimTime,
    deletedAt: SimTime,
  ): void {
    const name = row.text(nameColumn)
    if (name === '') return row.fault(nameColumn, 'the pod has no name')
    if (this.#seen.size === this.#seen.add(name).size) {
      return row.fault(nameColumn, `there is a pod "${name}" already`)
    }
    const last = this.#createdAt.length - 1
    if (last >= 0 && createdAt < this.#createdAt[last]) this.#isSorted = false
    this.#names.push(name)
    this.#createdAt.push(createdAt)
    this.#template.push(template)
    this.#runFor.push(runFor)
    this.#deletedAt.push(deletedAt)
    return undefined
  }

  /** The pods in order of creation, equal times in the order of the file. */
  finish(removeFinished: boolean): PodTrace {
    const { name, namespace, start, limit } = this.#options
    const count = Math.min(this.#names.length, limit)
    const order = this.#isSorted ? undefined : this.#order()
    const at = (i: number): number => (order === undefined ? i : order[i])
    const names = new Array<string>(count)
    const createdAt = new Float64Array(count)
    const template = new Uint32Array(count)
    const runFor = new Float64Array(count)
    const deletedAt = new Float64Array(count)
    for (let i = 0; i < count; i++) {
      const row = at(i)
      names[i] = this.#names[row]
      createdAt[i] = this.#createdAt[row] + start
      template[i] = this.#template[row]
      runFor[i] = this.#runFor[row]
      const gone = this.#deletedAt[row]
      deletedAt[i] = gone === NEVER ? NEVER : gone + start
    }
    return { name, namespace, names, createdAt, template, runFor, deletedAt, removeFinished }
  }

  #order(): Uint32Array {
    const created = this.#createdAt
    const order = Uint32Array.from(created, (_, i) => i)
    return order.sort((a, b) => created[a] - created[b] || a - b)
  }
}

/** A pod of one container with nothing but requests; whatever else the trace knows is added by its reader. */
export function tracePodTemplate(
  requests: Readonly<Record<string, string>>,
  labels: Labels,
  more: Partial<PodSpec> = {},
): LabelledTemplate {
  const container = { name: 'main', imagePullPolicy: 'IfNotPresent', resources: { requests } } as const
  const spec = defaultPod({ containers: [container], ...more, restartPolicy: 'Never' }, labels)
  return { template: { spec, annotations: {} }, labels }
}

/** A pool of nodes with nothing but amounts and labels. */
export function tracePool(name: string, labels: Labels, amounts: Readonly<Record<string, number>>): NodePool {
  return {
    name,
    labels,
    taints: [],
    unschedulable: false,
    capacity: amounts,
    allocatable: amounts,
    zones: [],
    images: {},
  }
}
