/** What `page` does: makes one run again for its pods and nodes, and writes the page with their map. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { SECOND, simulate } from '../engine/index.js'
import { findRow, openRun } from '../experiments/index.js'
import { experimentPage, nodeLoads } from '../reports/index.js'
import { BadInput, ExitCode } from './exit-code.js'
import { resultsIn } from './laboratory.js'
import { TERMINAL, type Terminal } from './terminal.js'

export interface PageArguments {
  readonly directory: string
  readonly run: string | undefined
}

export async function pageSession(args: PageArguments, terminal: Terminal = TERMINAL): Promise<ExitCode> {
  try {
    const results = resultsIn(args.directory)
    const row = args.run === undefined ? results.rows[0] : findRow(results, args.run)
    if (row === undefined) throw new BadInput(`${args.directory} has no run ${args.run ?? ''}`.trimEnd())
    const opened = await openRun(results, row)
    if (typeof opened === 'string') throw new BadInput(opened)
    const { model, plugins, resources } = opened
    const { records, end } = simulate(model, { plugins, resources, records: ['pods', 'nodes'] })
    const loads = nodeLoads(`run ${row.run}, ${row.key}`, records, end / SECOND)
    const file = join(args.directory, 'page.html')
    writeFileSync(file, experimentPage(results, { directory: '.', loads }))
    terminal.out(`Wrote ${file} with the nodes of run ${row.run}`)
    return ExitCode.Ok
  } catch (error) {
    if (!(error instanceof BadInput)) throw error
    terminal.error(error.message)
    return ExitCode.BadInput
  }
}
