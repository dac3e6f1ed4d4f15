/**
 * What the recorder keeps of each pod row beside the pod table: the stage it last saw, the reason group the pod
 * waits in, attempts, first readiness, and on which node its requests are counted. Rows are reused, so a creation
 * starts a row afresh.
 */
import { NEVER } from '../kernel/time.js'
import { NONE, Phase } from '../state/ids.js'
import type { PodTable } from '../state/pods.js'

/** Where a pod stands; every pod of the store is in exactly one stage. */
export const Stage = { Gone: 0, Unscheduled: 1, Starting: 2, Running: 3, Succeeded: 4, Failed: 5 } as const
export type Stage = (typeof Stage)[keyof typeof Stage]
export const STAGES = 6

/** The uid of no node. */
export const NO_NODE = 0

export class PodLedger {
  #rows = 0
  stage = new Uint8Array(0)
  group = new Uint8Array(0)
  /** 1 when the containers ended without anybody asking for the pod's deletion. */
  endedItself = new Uint8Array(0)
  terminating = new Uint8Array(0)
  attempts = new Int32Array(0)
  /** The template that the pod is counted with. */
  template = new Int32Array(0)
  firstReadyAt = new Float64Array(0)
  /** UID of the node the requests are counted on, {@link NO_NODE} when they are not. */
  countedOn = new Float64Array(0)
  /** Name of the node the pod was bound to, which may be gone before the pod is. */
  readonly nodeName: string[] = []

  open(pod: number): void {
    this.#reserve(pod + 1)
    this.stage[pod] = Stage.Gone
    this.group[pod] = 0
    this.endedItself[pod] = 0
    this.terminating[pod] = 0
    this.attempts[pod] = 0
    this.firstReadyAt[pod] = NEVER
    this.countedOn[pod] = NO_NODE
    this.nodeName[pod] = ''
  }

  /** The stage the pod's columns tell now. */
  static stageOf(pods: PodTable, pod: number): Stage {
    const phase = pods.phase[pod]
    if (phase === Phase.Succeeded) return Stage.Succeeded
    if (phase === Phase.Failed) return Stage.Failed
    if (pods.node[pod] === NONE) return Stage.Unscheduled
    return phase === Phase.Pending ? Stage.Starting : Stage.Running
  }

  #reserve(rows: number): void {
    if (rows <= this.#rows) return
    this.#rows = Math.max(1024, this.#rows * 2, rows)
    this.stage = grown(this.stage, new Uint8Array(this.#rows))
    this.group = grown(this.group, new Uint8Array(this.#rows))
    this.endedItself = grown(this.endedItself, new Uint8Array(this.#rows))
    this.terminating = grown(this.terminating, new Uint8Array(this.#rows))
    this.template = grown(this.template, new Int32Array(this.#rows))
    this.attempts = grown(this.attempts, new Int32Array(this.#rows))
    this.firstReadyAt = grown(this.firstReadyAt, new Float64Array(this.#rows))
    this.countedOn = grown(this.countedOn, new Float64Array(this.#rows))
  }
}

function grown<A extends Uint8Array | Int32Array | Float64Array>(from: A, to: A): A {
  to.set(from)
  return to
}
