/** What `explain` does: reads the rows of one pod, or the last attempt of each, and prints them. */
import { createReadStream, existsSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'csv-parse'
import { type AttemptRow, explainAttempts, explainedPods, type ScoreRow } from '../reports/index.js'
import { BadInput, ExitCode } from './exit-code.js'
import { TERMINAL, type Terminal } from './terminal.js'

export interface ExplainArguments {
  readonly directory: string
  readonly pod: string | undefined
  readonly run: string | undefined
  readonly attempt: number | undefined
  readonly nodes: number
}

/** Pods listed when none is named. */
const MOST_PODS = 40

export async function explainSession(
  args: ExplainArguments,
  terminal: Terminal = TERMINAL,
): Promise<ExitCode> {
  try {
    for (const line of await explanation(args)) terminal.out(line)
    return ExitCode.Ok
  } catch (error) {
    if (!(error instanceof BadInput)) throw error
    terminal.error(error.message)
    return ExitCode.BadInput
  }
}

async function explanation(args: ExplainArguments): Promise<readonly string[]> {
  const { directory, pod, run, attempt } = args
  const attemptsFile = join(directory, 'attempts.csv')
  if (!existsSync(attemptsFile)) {
    throw new BadInput(`${directory} holds no attempts.csv; run the scenario with --explain`)
  }
  const isMeant = (row: AttemptRow | ScoreRow): boolean =>
    (run === undefined || row.run === run) &&
    (attempt === undefined || row.attempt === String(attempt)) &&
    (pod === undefined || row.name === pod || `${row.namespace}/${row.name}` === pod)
  const attempts = await rows<AttemptRow>(attemptsFile, isMeant)
  if (attempts.length === 0)
    throw new BadInput(`there is no attempt of ${pod ?? 'any pod'} in ${attemptsFile}`)
  if (pod === undefined) return explainedPods(attempts, MOST_PODS)
  const scoresFile = join(directory, 'scores.csv')
  const scores = existsSync(scoresFile) ? await rows<ScoreRow>(scoresFile, isMeant) : []
  return explainAttempts(attempts, scores, args.nodes)
}

/** The rows of a CSV that are meant; the others are never kept. */
async function rows<Row extends object>(file: string, isMeant: (row: Row) => boolean): Promise<Row[]> {
  const kept: Row[] = []
  const parser = createReadStream(file).pipe(parse({ columns: true }))
  for await (const row of parser as AsyncIterable<Row>) if (isMeant(row)) kept.push(row)
  return kept
}
