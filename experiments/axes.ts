/**
 * From axes to variants: the points of each axis, zipped axes as one, every combination of what is left, and of those
 * the ones that meet the conditions. The last axis turns fastest.
 */
import type { Path, ScenarioChange } from '../scenarios/index.js'
import type { Condition } from './condition.js'
import type { AxisValue } from './experiment.js'
import { type Bindings, substitute } from './parameters.js'
import type { RangeEntry } from './schema.js'

/** One value of an axis and what it changes in the scenario. */
export interface AxisPoint {
  readonly value: AxisValue
  readonly changes: readonly ScenarioChange[]
}

export interface AxisPoints {
  readonly name: string
  readonly points: readonly AxisPoint[]
}

export interface Combination {
  readonly values: Readonly<Record<string, AxisValue>>
  readonly changes: readonly ScenarioChange[]
}

/** The values of a range; fractions of a step are rounded away, so that 0.1 + 0.2 is 0.3. */
export function rangeValues({ from, to, step, count, scale, round, unit }: RangeEntry): readonly AxisValue[] {
  const steps = step === undefined ? (count ?? 2) - 1 : Math.floor((to - from) / step + 1e-9)
  const values = Array.from({ length: steps + 1 }, (_, i) => {
    if (step !== undefined) return from + i * step
    return scale === 'log' ? from * (to / from) ** (i / steps) : from + ((to - from) * i) / steps
  })
  const clean = values.map(value => (round ? Math.round(value) : Number(value.toPrecision(12))))
  const distinct = [...new Set(clean)]
  return unit === '' ? distinct : distinct.map(value => `${value}${unit}`)
}

/** Axes that belong together in the order of the first of each group. */
export function groupAxes(
  axes: readonly AxisPoints[],
  zip: readonly (readonly string[])[],
): readonly (readonly AxisPoints[])[] {
  const groups: (readonly AxisPoints[])[] = []
  const placed = new Set<string>()
  for (const axis of axes) {
    if (placed.has(axis.name)) continue
    const together = zip.find(names => names.includes(axis.name)) ?? [axis.name]
    groups.push(axes.filter(({ name }) => together.includes(name)))
    for (const name of together) placed.add(name)
  }
  return groups
}

/** Every combination that meets all conditions. */
export function combinations(
  groups: readonly (readonly AxisPoints[])[],
  conditions: readonly Condition[],
): readonly Combination[] {
  let found: readonly Combination[] = [{ values: {}, changes: [] }]
  for (const group of groups) {
    const length = group[0].points.length
    found = found.flatMap(before =>
      Array.from({ length }, (_, i) =>
        group.reduce((combination, axis) => extended(combination, axis, i), before),
      ),
    )
  }
  return found.filter(({ values }) => conditions.every(condition => condition.holds(values)))
}

function extended({ values, changes }: Combination, { name, points }: AxisPoints, i: number): Combination {
  const { value, changes: more } = points[i]
  return { values: { ...values, [name]: value }, changes: [...changes, ...more] }
}

/** The changes of a variant with `${axis}` replaced by its values; later changes win. */
export function resolveChanges(
  changes: readonly ScenarioChange[],
  values: Readonly<Record<string, AxisValue>>,
): readonly ScenarioChange[] {
  const bindings: Bindings = new Map(Object.entries(values))
  return changes.map(change => ({ ...change, value: substitute(change.value, bindings, true) }))
}

/** A value put at each of several paths. */
export function assignEverywhere(paths: readonly Path[], value: unknown, locate: ScenarioChange['locate']) {
  return paths.map((path): ScenarioChange => ({ path, value, locate }))
}
