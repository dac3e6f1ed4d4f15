/**
 * What a load is at work: a value at every time, and when it changes next.
 * Upstream: nothing; real load comes from outside.
 * Simplified: loads are constant between changes, so that nothing happens in between.
 */
import type { KeyedDraws, Stream } from '../kernel/rng.js'
import type { SimTime } from '../kernel/time.js'
import type { LoadKind, LoadOf, LoadSpec } from '../model/load.js'

export interface LoadModel {
  /** The value from `t` on, any time in any order. */
  at(t: SimTime): number
  /** The first time after `t` at which the value may be another; NEVER when it stays. */
  nextChange(t: SimTime): SimTime
}

/** What a load draws from, and the clock on the wall; streams are the load's own. */
export interface LoadContext {
  stream(name: string): Stream
  keyed(name: string): KeyedDraws
  /** Wall clock of virtual time 0 in seconds since 1970. */
  readonly epochSeconds: number
  /** Makes a load within this one, with streams of its own. */
  part(spec: LoadSpec, name: string): LoadModel
}

export interface LoadDefinition<Kind extends LoadKind> {
  readonly kind: Kind
  /** One sentence for lists and documentation. */
  readonly about: string
  create(spec: LoadOf<Kind>, context: LoadContext): LoadModel
}

/** Declares a load model; the list is in `models/index.ts`. */
export function defineLoad<Kind extends LoadKind>(definition: LoadDefinition<Kind>): LoadDefinition<Kind> {
  return definition
}
