/** What `audit` does: reads the result files of a directory and prints what the auditor finds. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { AUDITED_RECORDS, audit, rowsOfFiles, UnreadableFile } from '../reports/index.js'
import { ExitCode } from './exit-code.js'
import { TERMINAL, type Terminal } from './terminal.js'

export interface AuditArguments {
  readonly directory: string
}

/** Findings printed of one run; the rest is counted. */
const MOST_FINDINGS = 20

export function auditSession({ directory }: AuditArguments, terminal: Terminal = TERMINAL): ExitCode {
  const files = new Map<string, string>()
  for (const record of AUDITED_RECORDS) {
    const file = join(directory, `${record}.csv`)
    if (existsSync(file)) files.set(record, readFileSync(file, 'utf8'))
  }
  if (!files.has('pods')) {
    terminal.error(`${directory} holds no pods.csv; run the scenario with the record pods`)
    return ExitCode.BadInput
  }
  const missing = AUDITED_RECORDS.filter(record => !files.has(record))
  if (missing.length > 0) terminal.out(`not there, so not checked: ${missing.join(', ')}`)
  let runs: ReturnType<typeof rowsOfFiles>
  try {
    runs = rowsOfFiles(files)
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error
    terminal.error(error.message)
    return ExitCode.BadInput
  }
  let faults = 0
  for (const [run, rows] of runs) {
    const findings = audit(rows)
    faults += findings.length
    terminal.out(`${run}: ${counted(findings.length)}`)
    for (const { rule, subject, message } of findings.slice(0, MOST_FINDINGS))
      terminal.out(`  ${rule}: ${subject} ${message}`)
    if (findings.length > MOST_FINDINGS) terminal.out(`  and ${findings.length - MOST_FINDINGS} more`)
  }
  return faults === 0 ? ExitCode.Ok : ExitCode.Failed
}

function counted(findings: number): string {
  if (findings === 0) return 'nothing found'
  return findings === 1 ? '1 finding' : `${findings} findings`
}
