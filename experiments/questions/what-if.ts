/** `what-if` as an experiment: a scenario as it is against the same scenario with changes, in pairs. */
import { resolve } from 'node:path'
import type { Locate } from '../../scenarios/index.js'
import type { ExperimentDocument } from '../loaded-experiment.js'

/** Names of the two variants. */
export const AS_IT_IS = 'as-it-is'
export const CHANGED = 'changed'

const PATCH = ['axes', 'scenario', 'variants', CHANGED]

/** `patch` has the form of a scenario, or paths as keys; `locate` finds a part of it. */
export function whatIfDocument(question: {
  readonly name: string
  readonly scenario: string
  readonly patch: Readonly<Record<string, unknown>>
  readonly locate: Locate
  readonly metrics: readonly string[]
}): ExperimentDocument {
  const { name, scenario, patch, metrics } = question
  const value = {
    name,
    base: resolve(scenario),
    axes: { scenario: { variants: { [AS_IT_IS]: {}, [CHANGED]: patch } } },
    compare: { axis: 'scenario', baseline: AS_IT_IS },
    metrics,
  }
  const locate: Locate = (path, part) => {
    const isInside = PATCH.every((step, i) => path[i] === step)
    if (isInside) return question.locate(path.slice(PATCH.length), part)
    const option = path[0] === 'metrics' ? '--metric' : scenario
    return { file: option, line: 1, column: 1 }
  }
  return { file: resolve(name), isFile: false, value, locate }
}
