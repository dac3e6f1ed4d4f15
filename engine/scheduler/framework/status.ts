/**
 * How a plugin answers. Upstream: Code and Status of staging/src/k8s.io/kube-scheduler/framework/interface.go (1.36).
 * Simplified: nothing known.
 */
export const Code = {
  Success: 0,
  Error: 1,
  /** Preemption may help. */
  Unschedulable: 2,
  /** Preemption cannot help. */
  UnschedulableAndUnresolvable: 3,
  Wait: 4,
  Skip: 5,
  Pending: 6,
} as const
export type Code = (typeof Code)[keyof typeof Code]

/** Why a plugin said no: interned, so that a node's rejection is one integer. Ids count from 1. */
export type RejectionId = number & { readonly brand: 'RejectionId' }

/** The answer of a point that concerns the pod as a whole: fine, not concerned, or a rejection. */
export type Verdict = typeof OK | typeof SKIP | RejectionId
export const OK = 0
export const SKIP = -1

export interface Rejection {
  readonly plugin: string
  readonly code: Code
  readonly reasons: readonly string[]
}

/** The rejections seen so far under their numbers; texts are put together only when reported. */
export class Rejections {
  #ids = new Map<string, RejectionId>()
  #list: Rejection[] = []

  id(plugin: string, code: Code, ...reasons: readonly string[]): RejectionId {
    const key = `${plugin}\n${code}\n${reasons.join('\n')}`
    let id = this.#ids.get(key)
    if (id === undefined) {
      this.#list.push({ plugin, code, reasons })
      id = this.#list.length as RejectionId
      this.#ids.set(key, id)
    }
    return id
  }

  get(id: RejectionId): Rejection {
    return this.#list[id - 1]
  }
}

/** Whether a verdict is a rejection. */
export function isRejection(verdict: Verdict): verdict is RejectionId {
  return verdict > 0
}
