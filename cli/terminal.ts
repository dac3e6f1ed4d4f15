import pc from 'picocolors'
import type { Issue } from '../scenarios/index.js'

/** Where a session speaks: results to the one, everything else to the other. */
export interface Terminal {
  out(line: string): void
  error(line: string): void
}

export const TERMINAL: Terminal = {
  out: line => process.stdout.write(`${line}\n`),
  error: line => process.stderr.write(`${line}\n`),
}

/** One issue a line, the place first, as compilers and editors have it. */
export function showIssues(terminal: Terminal, issues: readonly Issue[]): void {
  for (const { file, line, column, path, message } of issues) {
    const where = path === '' ? '' : `${pc.bold(path)}: `
    terminal.error(`${file}:${line}:${column} ${where}${message}`)
  }
  terminal.error(pc.red(`${issues.length} ${issues.length === 1 ? 'mistake' : 'mistakes'}; nothing was run`))
}
