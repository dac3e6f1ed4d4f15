/**
 * Judges simulated timelines of whole scenarios against the recorded runs, with the judge the recordings came with.
 */
import { readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { parse } from 'yaml'
import { messageOf, readGolden } from './golden-files.js'
import { type FailedCase, failure, type SuiteResult } from './run-suite.js'
import type { Difference } from './suite.js'

/** One line of a timeline: an object appeared, changed or went, or an action of the script was done. */
export interface TimelineEntry {
  readonly t: number
  readonly kind: string
  readonly ns?: string
  readonly name: string
  readonly type: string
  readonly what?: unknown
}

/**
 * Simulates the scenario of a folder (`input.yaml` and `script.yaml`, read with `readGolden`), or gives undefined
 * when it cannot.
 */
export type RunScenario = (folder: string) => Promise<readonly TimelineEntry[] | undefined>

interface Judgement {
  readonly matched: number
  readonly total: number
  readonly differences: readonly {
    readonly fact: string
    readonly recorded: unknown
    readonly simulated: unknown
    readonly tolerance: string
  }[]
}

interface Judge {
  judge(simulated: unknown, recorded: unknown): Judgement
  judgeScript(entries: readonly TimelineEntry[], script: unknown): Judgement
  readTimeline(text: string): TimelineEntry[]
}

interface Facts {
  deriveFacts(entries: readonly TimelineEntry[], script: unknown): unknown
  mergeFacts(runs: readonly unknown[]): unknown
}

export interface TimelineResult {
  /** One result a family, as in `timelines/a`; a case is a scenario. */
  readonly families: readonly SuiteResult[]
  readonly matchedChecks: number
  readonly totalChecks: number
  readonly cleanScenarios: number
  readonly totalScenarios: number
}

/**
 * Where chance decides in a real cluster, a correct simulator shows single differences too: judged against one
 * another, the recorded runs agree in 99.44 % of the checks and 86 % of them without any difference.
 */
export const REQUIRED_CHECKS = 0.994
export const REQUIRED_CLEAN = 0.86

export function isWithinAllowance(result: TimelineResult): boolean {
  const { matchedChecks, totalChecks, cleanScenarios, totalScenarios } = result
  if (totalScenarios === 0) return true
  if (totalChecks === 0) return false
  return matchedChecks / totalChecks >= REQUIRED_CHECKS && cleanScenarios / totalScenarios >= REQUIRED_CLEAN
}

export async function judgeTimelines(
  folders: readonly string[],
  runScenario: RunScenario | undefined,
  judgeFolder: URL,
): Promise<TimelineResult> {
  const totals = new Map<string, number>()
  const failures = new Map<string, FailedCase[]>()
  const counts = { matchedChecks: 0, totalChecks: 0, cleanScenarios: 0, totalScenarios: folders.length }
  for (const folder of folders) {
    const id = basename(folder)
    const family = `timelines/${id.split('-')[0]}`
    const { matched, total, differences } = await judgeScenario(folder, runScenario, judgeFolder)
    counts.matchedChecks += matched
    counts.totalChecks += total
    totals.set(family, (totals.get(family) ?? 0) + 1)
    const failed = failures.get(family) ?? []
    failures.set(family, failed)
    if (differences.length === 0) counts.cleanScenarios++
    else failed.push({ id, differences })
  }
  const families = [...totals].map(([name, total]) => ({ name, total, failed: failures.get(name) ?? [] }))
  return { families, ...counts }
}

interface ScenarioJudgement {
  readonly matched: number
  readonly total: number
  readonly differences: readonly Difference[]
}

async function judgeScenario(
  folder: string,
  runScenario: RunScenario | undefined,
  judgeFolder: URL,
): Promise<ScenarioJudgement> {
  if (runScenario === undefined) return { matched: 0, total: 0, differences: [failure('no runner')] }
  try {
    const facts: Facts = await import(new URL('facts.mjs', judgeFolder).href)
    const judge: Judge = await import(new URL('judge.mjs', judgeFolder).href)
    const script: unknown = parse(readGolden(join(folder, 'script.yaml')))
    const runs = recordedTimelines(folder).map(path => judge.readTimeline(readGolden(path)))
    const recorded = facts.mergeFacts(runs.map(entries => facts.deriveFacts(entries, script)))
    const simulated = await simulatedOrNothing(folder, runScenario)
    const entries = simulated.entries ?? []
    const judgements = [
      judge.judgeScript(entries, script),
      judge.judge(facts.deriveFacts(entries, script), recorded),
    ]
    const differences = judgements.flatMap(judgement => judgement.differences.map(differenceOf))
    return {
      matched: sum(judgements.map(({ matched }) => matched)),
      total: sum(judgements.map(({ total }) => total)),
      differences: simulated.reason === undefined ? differences : [failure(simulated.reason), ...differences],
    }
  } catch (error) {
    return { matched: 0, total: 0, differences: [failure(messageOf(error))] }
  }
}

/** A simulation that fails is judged as one in which nothing happened, so that its checks are counted. */
async function simulatedOrNothing(
  folder: string,
  runScenario: RunScenario,
): Promise<{ entries?: readonly TimelineEntry[]; reason?: string }> {
  try {
    const entries = await runScenario(folder)
    return entries === undefined ? { reason: 'not simulated' } : { entries }
  } catch (error) {
    return { reason: messageOf(error) }
  }
}

function recordedTimelines(folder: string): string[] {
  const files = readdirSync(folder).filter(file => /^timeline(\.run\d+)?\.ndjson(\.gz)?$/.test(file))
  return files.toSorted().map(file => join(folder, file))
}

function differenceOf({
  fact,
  recorded,
  simulated,
  tolerance,
}: Judgement['differences'][number]): Difference {
  return { path: `${fact} (allowed: ${tolerance})`, want: recorded, got: simulated }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
