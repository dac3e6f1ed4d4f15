/** The spread of node failures' delays over ten seeds beside that over all recorded runs of the same scenarios. */
import { readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readGolden } from './golden-files.js'
import { GOLDEN } from './golden-folder.js'
import { DELAYS, type Delay, nodeFailureDelays } from './node-failure-delays.js'
import { runScenario } from './timeline/run-scenario.js'
import type { TimelineEntry } from './timelines.js'

export interface Spread {
  readonly delay: Delay
  readonly recorded: readonly number[]
  readonly simulated: readonly number[]
}

const SEEDS = 10

export async function nodeFailureSpread(): Promise<readonly Spread[]> {
  const recorded = new Map<Delay, number[]>()
  const simulated = new Map<Delay, number[]>()
  const timelines = fileURLToPath(new URL('timelines/', GOLDEN))
  const folders = readdirSync(timelines).filter(name => name.startsWith('b-'))
  for (const folder of folders.toSorted().map(name => join(timelines, name))) {
    for (const file of readdirSync(folder)
      .filter(name => name.startsWith('timeline'))
      .toSorted()) {
      addAll(recorded, readLines(join(folder, basename(file))))
    }
    // Seeds of their own, so that the scenarios do not all have the same ten phases.
    for (let seed = 1; seed <= SEEDS; seed++) {
      addAll(simulated, await runScenario(folder, `${basename(folder)} ${seed}`))
    }
  }
  const delays = Object.keys(DELAYS) as Delay[]
  return delays.map(delay => ({
    delay,
    recorded: sorted(recorded.get(delay)),
    simulated: sorted(simulated.get(delay)),
  }))
}

function readLines(path: string): TimelineEntry[] {
  const lines = readGolden(path)
    .split('\n')
    .filter(line => line !== '')
  return lines.map((line): TimelineEntry => JSON.parse(line))
}

function addAll(all: Map<Delay, number[]>, entries: readonly TimelineEntry[]): void {
  for (const [delay, seconds] of nodeFailureDelays(entries)) {
    all.set(delay, [...(all.get(delay) ?? []), ...seconds])
  }
}

function sorted(seconds: readonly number[] = []): readonly number[] {
  return seconds.toSorted((a, b) => a - b)
}

export function medianOf(ascending: readonly number[]): number {
  const middle = ascending.length >> 1
  if (ascending.length === 0) return Number.NaN
  return ascending.length % 2 === 1 ? ascending[middle] : (ascending[middle - 1] + ascending[middle]) / 2
}

/** A table in Markdown: number, least, median and most, recorded and simulated. */
export function spreadTable(spreads: readonly Spread[]): string {
  const cells = (values: readonly number[]): string =>
    values.length === 0
      ? '0 | – | – | –'
      : `${values.length} | ${[values[0], medianOf(values), values.at(-1) as number].map(value => value.toFixed(2)).join(' | ')}`
  return [
    '| seconds | recorded | least | median | most | simulated | least | median | most |',
    '|---|--:|--:|--:|--:|--:|--:|--:|--:|',
    ...spreads.map(
      ({ delay, recorded, simulated }) => `| ${delay} | ${cells(recorded)} | ${cells(simulated)} |`,
    ),
  ].join('\n')
}
