/** Reads what `sweep` and `capacity` are told to turn: a node pool by its name, or any path of the scenario. */
import { type AxisValue, gridSize, type Knob, knobName, MOST_POINTS } from '../experiments/index.js'
import { parsePath, type ScenarioTemplate } from '../scenarios/index.js'
import { BadInput } from './exit-code.js'

const RANGE = /^(-?\d+(?:\.\d+)?)\.\.(-?\d+(?:\.\d+)?)(?:\/(\d+(?:\.\d+)?))?(?:@(\d+(?:\.\d+)?))?$/
const MOST_VALUES = 10_000

interface Target {
  readonly name: string
  readonly path: string
  readonly values: string
}

/** A pool's name stands for the number of its nodes. */
function targetOf(text: string, { pools }: ScenarioTemplate): Target {
  const equals = text.indexOf('=')
  const [what, values] = [text.slice(0, Math.max(0, equals)).trim(), text.slice(equals + 1).trim()]
  if (equals < 1) throw new BadInput(`--knob ${text}: write pool=1..50, or path=values`)
  const pool = pools.indexOf(what)
  if (pool >= 0) return { name: what, path: `nodes.${pool}.count`, values }
  if (parsePath(what) === undefined || !what.includes('.')) {
    const known = pools.filter(name => name !== undefined).join(', ')
    const hint = known === '' ? 'the scenario has no pools' : `there are ${known}`
    throw new BadInput(
      `--knob ${text}: ${what} is neither a node pool (${hint}) nor a path such as nodes.0.count`,
    )
  }
  return { name: knobName(what), path: what, values }
}

/** `pool=1..50@3.5`: whole numbers, with the cost of one after the @. Throws BadInput. */
export function capacityKnobs(texts: readonly string[], template: ScenarioTemplate): readonly Knob[] {
  if (texts.length === 0) throw new BadInput('name what may be turned: --knob POOL=1..50')
  const knobs = texts.map((text): Knob => {
    const { name, path, values } = targetOf(text, template)
    const match = RANGE.exec(values)
    const [from, to, step, cost] = [1, 2, 3, 4].map(i => Number(match?.[i] ?? 1))
    const isRange = match !== null && [from, to, step].every(Number.isInteger) && from >= 0 && to >= from
    if (!isRange || step < 1 || cost <= 0) {
      throw new BadInput(
        `--knob ${text}: write whole numbers as 1..50, with a step as 0..50/5, a cost as 1..50@3.5`,
      )
    }
    return { name, path, from, to, step, cost }
  })
  const names = knobs.map(({ name }) => name)
  const unique = knobs.map((knob, i) =>
    names.indexOf(knob.name) === i ? knob : { ...knob, name: `${knob.name}-${i}` },
  )
  if (gridSize(unique) > MOST_POINTS)
    throw new BadInput(`the knobs span more than ${MOST_POINTS} combinations`)
  return unique
}

/** `path=10..50/10` or `path=a,b,c`. Throws BadInput. */
export function sweepKnob(
  text: string,
  template: ScenarioTemplate,
): { readonly knob: string; readonly path: string; readonly values: readonly AxisValue[] } {
  const { name: knob, path, values } = targetOf(text, template)
  const match = RANGE.exec(values)
  if (match === null) return { knob, path, values: values.split(',').map(valueOf) }
  const [from, to, step] = [1, 2, 3].map(i => Number(match[i] ?? 1))
  const count = Math.floor((to - from) / step + 1e-9) + 1
  if (!(count >= 1 && count <= MOST_VALUES && step > 0))
    throw new BadInput(`--knob ${text}: that is no range`)
  return {
    knob,
    path,
    values: Array.from({ length: count }, (_, i) => Number((from + i * step).toPrecision(12))),
  }
}

function valueOf(text: string): AxisValue {
  const word = text.trim()
  if (word === 'true' || word === 'false') return word === 'true'
  return word !== '' && Number.isFinite(Number(word)) ? Number(word) : word
}
