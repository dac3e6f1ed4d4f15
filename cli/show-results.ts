/** What a person reads after a run: the table, warnings, expectations, what was written and what to try next. */
import { readdirSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import pc from 'picocolors'
import { NEVER, type RunResult } from '../engine/index.js'
import { type CheckedExpectation, MANIFEST_FILE, summaryTable, warningsOf } from '../reports/index.js'
import type { PlannedRun } from './execute.js'
import type { RunArguments } from './run-options.js'
import type { Terminal } from './terminal.js'
import { quoted } from './write-manifest.js'

export function showResults(
  terminal: Terminal,
  runs: readonly PlannedRun[],
  results: readonly RunResult[],
  checked: readonly CheckedExpectation[],
): void {
  terminal.out(summaryTable(results))
  const isOpen = (name: string): boolean => runs.some(run => run.name === name && run.model.until === NEVER)
  for (const warning of results.flatMap(result => warningsOf(result, isOpen(result.name)))) {
    terminal.out(`${pc.yellow('warning:')} ${warning}`)
  }
  for (const { run, expectation, actual, holds } of checked) {
    if (holds) continue
    const { metric, comparison, value } = expectation
    const found = Number.isNaN(actual) ? 'there is none' : `it is ${short(actual)}`
    terminal.out(`${pc.red('failed:')} ${run}: expected ${metric} ${comparison} ${value}, ${found}`)
  }
  const kept = checked.filter(({ holds }) => holds).length
  if (checked.length > 0) terminal.out(`${kept} of ${checked.length} expectations hold`)
}

/** Enough digits to see that a limit is missed, few enough to read. */
function short(value: number): number {
  return Number(value.toPrecision(9))
}

export function showWritten(terminal: Terminal, target: string): void {
  const files = readdirSync(target).sort()
  terminal.out('')
  terminal.out(`Wrote ${pc.bold(target)}: ${files.join(', ')}`)
}

export function showHints(
  terminal: Terminal,
  args: RunArguments,
  runs: readonly PlannedRun[],
  target: string | undefined,
): void {
  const self = invocation()
  const file = quoted(args.file)
  const other = args.seed === '2' ? '3' : '2'
  const hints: string[] = []
  if (target === undefined) hints.push(`${self} run ${file}${sameChoices(args)}  # writes its results`)
  else {
    const again = runs.length > 1 ? 'compare' : 'run'
    hints.push(`${self} replay ${quoted(join(target, MANIFEST_FILE))}  # the same bytes again?`)
    const place = quoted(`${target}-seed-${other}`)
    hints.push(`${self} ${again} ${file}${sameChoices(args)} --seed ${other} --out ${place}  # or luck?`)
  }
  hints.push(`${self} list metrics  # what the figures mean`)
  terminal.out('')
  terminal.out('Try next:')
  for (const hint of hints) terminal.out(`  ${hint}`)
}

/** What else of the command line makes the runs what they are, as words to be pasted. */
function sameChoices({ set, use, variant, until }: RunArguments): string {
  const words = [
    ...use.flatMap(file => ['--use', file]),
    ...set.flatMap(change => ['--set', change]),
    ...(variant === undefined ? [] : ['--variant', variant.join(',')]),
    ...(until === undefined ? [] : ['--until', until]),
  ]
  return words.map(word => ` ${quoted(word)}`).join('')
}

/** How the command was called, so that hints can be pasted. */
function invocation(): string {
  const script = process.argv[1] ?? 'kubelapse'
  return basename(script) === 'main.js' ? `node ${quoted(relative('', script))}` : 'kubelapse'
}
