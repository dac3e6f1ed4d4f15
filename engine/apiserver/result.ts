import { resourceOf } from '../model/kinds.js'

/**
 * How the API server answers a request. Refusals are ordinary values, never exceptions: a simulated failure is part
 * of the simulation. Upstream: HTTP codes of staging/src/k8s.io/apimachinery/pkg/api/errors (1.36).
 */
export const Result = {
  Ok: 0,
  /** 404 */
  NotFound: -2,
  /** 409: an object of that name exists. */
  AlreadyExists: -3,
  /** 409: the object has changed since it was read. */
  Conflict: -4,
  /** 403: admission or quota says no. */
  Forbidden: -5,
  /** 422 */
  Invalid: -6,
  /** 429: a disruption budget says no, or the server is overloaded. */
  TooManyRequests: -7,
  /** 403 with cause NamespaceTerminating: nothing can be created there any more. */
  NamespaceTerminating: -8,
} as const
export type Result = (typeof Result)[keyof typeof Result]

/** The row that was created, or why there is none. */
export type Created<Id extends number> = Id | Exclude<Result, 0>

/** Whether a creation was refused: ids count from 0, refusals are negative. */
export function isRefused<Id extends number>(created: Created<Id>): created is Exclude<Result, 0> {
  return created < 0
}

/** What the API server says to a creation that it refuses without further words. */
export function creationRefusal(kind: string, name: string, result: Result): string {
  const reason = result === Result.AlreadyExists ? 'already exists' : 'is forbidden'
  return `${resourceOf(kind)} "${name}" ${reason}`
}

/** A refused request: the code, and what the API server says. */
export interface Refusal {
  readonly result: Exclude<Result, 0>
  readonly message: string
}
