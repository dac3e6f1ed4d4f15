import { type KeyedDraws, type Stream, type Streams } from '../../kernel/rng.js'
import type { LoadKind, LoadSpec } from '../../model/load.js'
import type { LoadContext, LoadDefinition, LoadModel } from '../load-model.js'
import { bursts } from './bursts.js'
import { constant } from './constant.js'
import { diurnal } from './diurnal.js'
import { poisson } from './poisson.js'
import { ramps } from './ramps.js'
import { scaled } from './scaled.js'
import { steps } from './steps.js'
import { sum } from './sum.js'
import { trace } from './trace.js'

/** Every load model; one line each. */
export const LOADS: { readonly [Kind in LoadKind]: LoadDefinition<Kind> } = {
  constant,
  steps,
  ramps,
  diurnal,
  bursts,
  poisson,
  trace,
  sum,
  scaled,
}

/** Makes a load; its streams are named by its place in the model. */
export function createLoad(
  spec: LoadSpec,
  name: string,
  surroundings: { readonly streams: Streams; readonly epochSeconds: number },
): LoadModel {
  const { streams, epochSeconds } = surroundings
  const context: LoadContext = {
    stream: (part): Stream => streams.stream(`${name}/${part}`),
    keyed: (part): KeyedDraws => streams.keyed(`${name}/${part}`),
    epochSeconds,
    part: (inner, part) => createLoad(inner, `${name}/${part}`, surroundings),
  }
  // The definition is the one of the spec's own kind, which the compiler cannot see through the table.
  const definition = LOADS[spec.kind] as { create(of: LoadSpec, context: LoadContext): LoadModel }
  return definition.create(spec, context)
}
