/** What `replay DIRECTORY --run N` does: makes one run of an experiment again and compares every event and figure. */
import { changedInputs, type ExperimentResults, findRow, replayRow } from '../experiments/index.js'
import { BadInput, ExitCode } from './exit-code.js'
import { resultsIn } from './laboratory.js'
import { TERMINAL, type Terminal } from './terminal.js'
import { projectVersion } from './version.js'

export async function replayRowSession(
  directory: string,
  wanted: string,
  terminal: Terminal = TERMINAL,
): Promise<ExitCode> {
  try {
    const results = resultsIn(directory)
    const row = findRow(results, wanted)
    if (row === undefined) throw new BadInput(`${directory} has no run ${wanted}; ${known(results)}`)
    for (const line of changedInputs(results.plan, directory)) terminal.out(`changed input: ${line}`)
    const replayed = await replayRow(results, row, projectVersion())
    if (typeof replayed === 'string') throw new BadInput(replayed)
    const { again, differences } = replayed
    for (const line of differences) terminal.out(line)
    if (differences.length === 0) {
      terminal.out(`identical: ${row.key}, ${again.events} events, digest ${again.digest}`)
      return ExitCode.Ok
    }
    for (const what of ['kubelapse', 'node'] as const) {
      if (row[what] !== again[what]) {
        terminal.out(`note: made with ${what} ${row[what]}, replayed with ${again[what]}`)
      }
    }
    terminal.out(`not identical: ${row.key}, ${differences.length} differences`)
    return ExitCode.Failed
  } catch (error) {
    if (!(error instanceof BadInput)) throw error
    terminal.error(error.message)
    return ExitCode.BadInput
  }
}

function known({ rows }: ExperimentResults): string {
  if (rows.length === 0) return 'it has none yet'
  return `it has ${rows.length}, from ${rows[0].run} (${rows[0].key}) on`
}
