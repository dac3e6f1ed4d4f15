/**
 * Writes the timeline of a run: one line for each accepted write that changes an object's projection, in the
 * order of the writes, and one for each outcome of an operation.
 */
import { SECOND, type SimTime } from '../../../engine/index.js'
import type { OperationOutcome } from '../../../engine/operator/operation.js'
import { Change, type LogListener, Source } from '../../../engine/state/change-log.js'
import type { ClusterState } from '../../../engine/state/cluster-state.js'
import type { NodeId, ObjectId, PodId } from '../../../engine/state/ids.js'
import type { TimelineEntry } from '../timelines.js'
import { EndpointProjections } from './endpoint-projections.js'
import { Projections, type What } from './projections.js'

interface Known {
  readonly what: What
  readonly text: string
}

/** Script steps by the operation they became, where the names differ. */
const STEP_NAMES: ReadonlyMap<string, string> = new Map([
  ['kill-node', 'killNode'],
  ['revive-node', 'reviveNode'],
  ['pod-ready', 'podReady'],
])

export class TimelineWriter implements LogListener {
  readonly entries: TimelineEntry[] = []
  readonly #state: ClusterState
  readonly #start: SimTime
  readonly #now: () => SimTime
  readonly #projections: Projections
  readonly #endpoints: EndpointProjections
  readonly #known = new Map<string, Known>()
  #begun = false

  /** @param start virtual time of the timeline's 0; what happened before is written as a state at 0 */
  constructor(
    state: ClusterState,
    start: SimTime,
    finalizersOf: (pod: PodId) => readonly string[],
    now: () => SimTime,
  ) {
    this.#state = state
    this.#start = start
    this.#now = now
    this.#projections = new Projections(state, start, finalizersOf)
    this.#endpoints = new EndpointProjections(state)
    state.log.listen(this)
  }

  get cursor(): number {
    return this.#state.log.end
  }

  appended(source: Source, row: number, fields: number): void {
    const isGone = (fields & Change.Deleted) !== 0
    const { pods, nodes } = this.#state
    this.#begin()
    if (source === Source.Pods) {
      const pod = row as PodId
      this.#write('Pod', this.#projections.namespaceOf(pod), pods.name[pod] as string, isGone, () =>
        this.#projections.pod(pod),
      )
    } else if (source === Source.Nodes) {
      const node = row as NodeId
      this.#write('Node', '', nodes.name[node] as string, isGone, () => this.#projections.node(node))
    } else {
      this.#objectChanged(row as ObjectId, isGone)
    }
  }

  #objectChanged(id: ObjectId, isGone: boolean): void {
    const { kind, meta } = this.#state.objects.get(id)
    if (kind === 'EndpointSlice' || kind === 'Service') this.#endpointsChanged(id, isGone)
    if (!this.#projections.has(kind)) return
    this.#write(kind, meta.namespace, meta.name, isGone, () => this.#projections.object(id))
  }

  /** The slices of a Service are told address by address and as a whole. */
  #endpointsChanged(id: ObjectId, isGone: boolean): void {
    for (const { kind, namespace, name, what } of this.#endpoints.changed(id, isGone)) {
      this.#write(kind, namespace, name, what === undefined, () => what ?? {})
    }
  }

  #write(kind: string, ns: string, name: string, isGone: boolean, projection: () => What): void {
    const key = `${kind} ${ns}/${name}`
    const before = this.#known.get(key)
    if (isGone) {
      if (before === undefined) return
      this.#known.delete(key)
      this.#add(kind, ns, name, 'DELETED', before.what)
      return
    }
    const what = projection()
    const text = JSON.stringify(what)
    if (before?.text === text) return
    this.#known.set(key, { what, text })
    this.#add(kind, ns, name, before === undefined ? 'ADDED' : 'MODIFIED', what)
  }

  operated({ operation, type, namespace, details }: OperationOutcome): void {
    this.#begin()
    const name = STEP_NAMES.get(operation) ?? operation
    this.#add('Action', namespace, name, type, details)
  }

  run(name: string, type: 'START' | 'END', t: number, what: What): void {
    this.entries.push({ t, kind: 'Run', ns: '', name, type, what })
  }

  #add(kind: string, ns: string, name: string, type: string, what: What): void {
    const now = this.#now()
    if (now >= this.#start) {
      this.entries.push({ t: (now - this.#start) / SECOND, kind, ns, name, type, what })
    }
  }

  /** What exists when the timeline begins is its first part. */
  #begin(): void {
    if (this.#begun || this.#now() < this.#start) return
    this.#begun = true
    for (const [key, { what }] of this.#known) {
      const [kind, path] = key.split(' ')
      const [ns, name] = path.split('/')
      this.entries.push({ t: 0, kind, ns, name, type: 'ADDED', what })
    }
  }
}
