/**
 * What a failure model is: a definition with arguments that makes something which strikes and mends. When it
 * strikes is not its business (failure-timing.ts), nor is whom (failure-subjects.ts).
 *
 * Upstream: what happens to real clusters; no file of Kubernetes.
 * Simplified: nothing known.
 */
import type { ApiServer } from '../apiserver/api-server.js'
import { type Definition, define } from '../kernel/definition.js'
import type { Kernel } from '../kernel/kernel.js'
import type { SimTime } from '../kernel/time.js'
import type { FailureSubjects } from '../model/failures.js'
import type { NodeId, PodId } from '../state/ids.js'
import type { FaultPorts } from './fault-ports.js'
import type { NodeOutages } from './node-outages.js'

/** Whom a failure strikes, as found at that moment. */
export interface FailureTarget {
  readonly nodes: readonly NodeId[]
  readonly pods: readonly PodId[]
}

export interface FailureContext {
  readonly kernel: Kernel
  readonly api: ApiServer
  readonly ports: FaultPorts
  /** Nodes that several failures take down at once come back when the last of them is over. */
  readonly outages: NodeOutages
}

export interface FailureEffect {
  /** It begins; `lasts` is how long it will be, in virtual microseconds. */
  strike(target: FailureTarget, lasts: SimTime): void
  /** It is over for these; nodes and pods that have gone meanwhile are left out. */
  mend(target: FailureTarget): void
}

export interface FailureModel<Args extends object> extends Definition<Args, FailureEffect, FailureContext> {
  /** Kinds of subjects it can strike; the first one is the default. */
  readonly subjects: readonly [FailureSubjects['kind'], ...FailureSubjects['kind'][]]
  /** It is over when its subject has gone, and never mended. Absent: it lasts as the timing says. */
  readonly endsWithSubject?: boolean
}

/** Any failure model, whatever its arguments: what lists of models hold. */
export interface AnyFailureModel {
  readonly name: string
  readonly about?: string
  readonly args: object
  readonly check?: (args: never) => readonly string[]
  readonly subjects: FailureModel<object>['subjects']
  readonly endsWithSubject?: boolean
  create(context: FailureContext, args: never): FailureEffect
}

/** Declares a failure model; the list is in `models/index.ts`. */
export function defineFailure<Args extends object>(model: FailureModel<Args>): FailureModel<Args> {
  const { subjects, endsWithSubject = false } = model
  return { ...define(model), subjects, endsWithSubject }
}
