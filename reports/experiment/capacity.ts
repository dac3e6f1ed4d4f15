/** What a capacity search found, for people and as `capacity.csv`: every point tried with its bounds. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type {
  CapacityAnswer,
  CapacityQuestion,
  JudgedObjective,
  TriedPoint,
} from '../../experiments/index.js'
import { numberCell, textCell } from '../csv/csv-cells.js'

/** `worker 12: meets (wait_p99_s 3.1, bound 3.4), 10 runs`. */
export function triedLine(
  { knobs }: CapacityQuestion,
  { point, status, judged, repetitions, cost }: TriedPoint,
): string {
  const price = knobs.length > 1 || knobs[0].cost !== 1 ? `, cost ${short(cost)}` : ''
  const figures = judged.map(figureText).join('; ')
  return `${pointText(knobs, point)}${price}: ${status} (${figures}), ${repetitions} runs`
}

/** The answer in sentences. */
export function capacityLines({ question, tried, best }: CapacityAnswer): readonly string[] {
  const { knobs, objectives, confidence } = question
  const wanted = objectives.map(({ text }) => text).join(' and ')
  const sure = `with ${Number((confidence * 100).toFixed(2))} % confidence`
  if (best === undefined) {
    return [
      `Not even ${pointText(
        knobs,
        knobs.map(({ to }) => to),
      )} meets ${wanted} ${sure}.`,
    ]
  }
  const isOne = knobs.length === 1
  const what = isOne ? 'is the least' : `at a cost of ${short(best.cost)} is the cheapest`
  const lines = [
    `${pointText(knobs, best.point)} ${what} that meets ${wanted}, ${sure} (${best.repetitions} runs).`,
  ]
  const below = tried
    .filter(({ status, cost }) => status !== 'meets' && cost < best.cost)
    .reduce<TriedPoint | undefined>(
      (near, point) => (near && near.cost >= point.cost ? near : point),
      undefined,
    )
  if (below !== undefined) {
    const [failed] = below.judged.filter(({ status }) => status !== 'meets')
    lines.push(
      `${pointText(knobs, below.point)} does not: ${failed.objective.text}, and it is ${figureText(failed)}.`,
    )
  }
  const unclear = tried.filter(({ status }) => status === 'unclear').length
  if (unclear > 0) {
    const points = unclear === 1 ? '1 point' : `${unclear} points`
    lines.push(`${points} stayed unclear and count as misses; more --repetitions may tell.`)
  }
  lines.push(`${tried.length} points tried, taking for granted that more never hurts.`)
  return lines
}

function pointText(knobs: CapacityQuestion['knobs'], point: readonly number[]): string {
  return knobs.map(({ name }, i) => `${name} ${point[i]}`).join(', ')
}

function figureText({ objective, mean, bound }: JudgedObjective): string {
  if (Number.isNaN(mean)) return `${objective.metric} unknown`
  const end = bound === mean ? '' : `, bound ${short(bound)}`
  return `${objective.metric} ${short(mean)}${end}`
}

function short(value: number): string {
  return Number.isNaN(value) ? 'unknown' : String(Number(value.toPrecision(4)))
}

/** Writes `capacity.csv`; answers the names of the files. */
export function writeCapacity(answer: CapacityAnswer, directory: string): readonly string[] {
  const { question, tried } = answer
  const { knobs, objectives } = question
  const header = [
    ...knobs.map(({ name }) => textCell(name)),
    'cost',
    'verdict',
    'n',
    ...objectives.flatMap(({ metric }) => [`${metric}_mean`, `${metric}_bound`, `${metric}_verdict`]),
    'results',
  ]
  const rows = tried.map(({ point, cost, status, repetitions, judged, directory: results }) =>
    [
      ...point,
      cost,
      status,
      repetitions,
      ...judged.flatMap(({ mean, bound, status: one }) => [numberCell(mean), numberCell(bound), one]),
      textCell(results),
    ].join(','),
  )
  mkdirSync(directory, { recursive: true })
  writeFileSync(join(directory, 'capacity.csv'), `${[header.join(','), ...rows].join('\n')}\n`)
  return ['capacity.csv']
}
