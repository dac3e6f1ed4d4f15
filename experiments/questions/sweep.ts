/** `sweep` as an experiment: one knob of a scenario through several values. */
import { resolve } from 'node:path'
import { type Locate, parsePath } from '../../scenarios/index.js'
import type { AxisValue } from '../experiment.js'
import type { ExperimentDocument } from '../loaded-experiment.js'

export function sweepDocument(question: {
  readonly name: string
  readonly scenario: string
  /** Name of the axis. */
  readonly knob: string
  readonly path: string
  readonly values: readonly AxisValue[]
  readonly metrics: readonly string[]
}): ExperimentDocument {
  const { name, scenario, knob, path, values, metrics } = question
  const value = {
    name,
    base: resolve(scenario),
    axes: { [knob]: { path, values } },
    compare: { axis: knob },
    metrics,
  }
  const locate: Locate = place => ({
    file: place[0] === 'metrics' ? '--metric' : '--knob',
    line: 1,
    column: 1,
  })
  return { file: resolve(name), isFile: false, value, locate }
}

/** What a path is about, in a word: `count` of `nodes.0.count`. */
export function knobName(path: string): string {
  const words = (parsePath(path) ?? []).filter(
    step => typeof step === 'string' && /^[A-Za-z][\w.-]*$/.test(step),
  )
  return String(words.at(-1) ?? 'knob')
}
