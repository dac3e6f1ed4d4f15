/**
 * The delays of node failures that random phases decide (heartbeats, passes of the node monitor, eviction tokens, rounds
 * of garbage collection), read off a timeline, recorded or simulated alike.
 */
import type { TimelineEntry } from './timelines.js'

/** Each delay, and within which seconds a correct cluster keeps it, whatever the phases. */
export const DELAYS = {
  'age of the last heartbeat at the kill': [0, 10.5],
  'kill to Unknown': [39.5, 60],
  'last heartbeat to Unknown': [50, 60],
  'from one monitor pass that finds nodes to the next': [3, 15.5],
  'Unknown to NoSchedule taint': [0, 2],
  'Unknown to NoExecute taint, first token': [0, 11],
  'from one NoExecute taint to the next, 0.1/s': [9.5, 10.5],
  'NoExecute taint to eviction, beyond tolerationSeconds': [0, 0.6],
  'Ready again to NoSchedule gone': [0, 0.5],
  'Ready again to NoExecute gone': [0, 5.5],
  'Node deleted to removal of its first pod': [40, 61],
  'out-of-service taint to removal of the first pod': [0, 20.5],
} as const satisfies Readonly<Record<string, readonly [number, number]>>
export type Delay = keyof typeof DELAYS

interface NodeSeen {
  killedAt: number
  /** Seconds from the last heartbeat to the kill. */
  age: number
  unknownAt: number
  readyAgainAt: number
  noExecuteAt: number
  deletedAt: number
  outOfServiceAt: number
  taints: ReadonlySet<string>
  ready: string
}

interface What {
  readonly ready?: string
  readonly taints?: readonly string[]
  readonly node?: string
  readonly deletionTimestamp?: number
  readonly nodes?: readonly string[]
  readonly secondsSinceLastLease?: Readonly<Record<string, number>>
  readonly add?: readonly { readonly key: string }[]
}

const UNREACHABLE = 'node.kubernetes.io/unreachable'
const OUT_OF_SERVICE = 'node.kubernetes.io/out-of-service'
/** The tolerationSeconds that the recorded scenarios use. */
const TOLERATED = [20, 30, 120, 300]

export function nodeFailureDelays(entries: readonly TimelineEntry[]): ReadonlyMap<Delay, readonly number[]> {
  return new Reader().read(entries)
}

class Reader {
  readonly #found = new Map<Delay, number[]>()
  readonly #nodes = new Map<string, NodeSeen>()
  readonly #unknown: number[] = []
  readonly #noExecute: number[] = []
  readonly #evicted = new Set<string>()

  read(entries: readonly TimelineEntry[]): ReadonlyMap<Delay, readonly number[]> {
    for (const entry of entries) {
      const { kind, name, type } = entry
      const what = (entry.what ?? {}) as What
      if (kind === 'Action' && type === 'DONE') this.#acted(name, what, entry.t)
      else if (kind === 'Node') this.#nodeChanged(name, type, what, entry.t)
      else if (kind === 'Pod') this.#podChanged(`${entry.ns}/${name}`, type, what, entry.t)
    }
    this.#passes()
    this.#tokens()
    return this.#found
  }

  #add(delay: Delay, seconds: number): void {
    const all = this.#found.get(delay)
    if (all === undefined) this.#found.set(delay, [seconds])
    else all.push(seconds)
  }

  #node(name: string): NodeSeen {
    let node = this.#nodes.get(name)
    if (node === undefined) {
      const never = Number.NaN
      node = {
        killedAt: never,
        age: never,
        unknownAt: never,
        readyAgainAt: never,
        noExecuteAt: never,
        deletedAt: never,
        outOfServiceAt: never,
        taints: new Set(),
        ready: '',
      }
      this.#nodes.set(name, node)
    }
    return node
  }

  #acted(action: string, { nodes = [], secondsSinceLastLease = {}, add = [] }: What, t: number): void {
    for (const name of nodes) {
      const node = this.#node(name)
      if (action === 'killNode') {
        node.killedAt = t
        node.age = secondsSinceLastLease[name]
        this.#add('age of the last heartbeat at the kill', node.age)
      }
      if (action === 'taint' && add.some(({ key }) => key === OUT_OF_SERVICE)) node.outOfServiceAt = t
    }
  }

  #nodeChanged(name: string, type: string, { ready = '', taints = [] }: What, t: number): void {
    const node = this.#node(name)
    if (type === 'DELETED') {
      node.deletedAt = t
      return
    }
    const now = new Set(taints)
    const appeared = (taint: string): boolean => now.has(taint) && !node.taints.has(taint)
    const went = (taint: string): boolean => !now.has(taint) && node.taints.has(taint)
    if (ready === 'Unknown' && node.ready === 'True' && !Number.isNaN(node.killedAt)) {
      node.unknownAt = t
      this.#unknown.push(t)
      this.#add('kill to Unknown', t - node.killedAt)
      this.#add('last heartbeat to Unknown', t - node.killedAt + node.age)
    }
    if (ready === 'True' && node.ready === 'Unknown') node.readyAgainAt = t
    if (appeared(`${UNREACHABLE}:NoSchedule`)) this.#since('Unknown to NoSchedule taint', node.unknownAt, t)
    if (appeared(`${UNREACHABLE}:NoExecute`)) {
      node.noExecuteAt = t
      this.#noExecute.push(t)
    }
    if (ready === 'True') {
      if (went(`${UNREACHABLE}:NoSchedule`))
        this.#since('Ready again to NoSchedule gone', node.readyAgainAt, t)
      if (went(`${UNREACHABLE}:NoExecute`)) this.#since('Ready again to NoExecute gone', node.readyAgainAt, t)
    }
    node.taints = now
    node.ready = ready
  }

  #since(delay: Delay, from: number, to: number): void {
    if (!Number.isNaN(from)) this.#add(delay, to - from)
  }

  #podChanged(pod: string, type: string, { node: name, deletionTimestamp }: What, t: number): void {
    const node = name === undefined ? undefined : this.#nodes.get(name)
    if (node === undefined) return
    if (deletionTimestamp !== undefined && !this.#evicted.has(pod)) {
      this.#evicted.add(pod)
      const delay = t - node.noExecuteAt
      const tolerated = TOLERATED.find(seconds => delay >= seconds && delay < seconds + 1)
      if (tolerated !== undefined) {
        this.#add('NoExecute taint to eviction, beyond tolerationSeconds', delay - tolerated)
      }
    }
    if (type !== 'DELETED') return
    this.#since('Node deleted to removal of its first pod', node.deletedAt, t)
    node.deletedAt = Number.NaN
    this.#since('out-of-service taint to removal of the first pod', node.outOfServiceAt, t)
    node.outOfServiceAt = Number.NaN
  }

  /** Nodes that are killed together are found in two or three passes. */
  #passes(): void {
    const times = this.#unknown.toSorted((a, b) => a - b)
    for (let i = 1; i < times.length; i++) {
      const gap = times[i] - times[i - 1]
      if (gap > 1 && gap < 16) this.#add('from one monitor pass that finds nodes to the next', gap)
    }
  }

  /** The first token of a zone is there at once; each further one has to grow. */
  #tokens(): void {
    const times = this.#noExecute.toSorted((a, b) => a - b)
    const [unknownAt] = this.#unknown.toSorted((a, b) => a - b)
    if (times.length > 0 && unknownAt !== undefined && this.#unknown.length <= 2) {
      this.#add('Unknown to NoExecute taint, first token', times[0] - unknownAt)
    }
    for (let i = 1; i < times.length; i++) {
      const gap = times[i] - times[i - 1]
      if (gap > 9 && gap < 11) this.#add('from one NoExecute taint to the next, 0.1/s', gap)
    }
  }
}
