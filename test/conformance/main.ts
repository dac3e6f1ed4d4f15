/**
 * `npm run conformance -- [PATH...] [--only REGEX] [--differences N]`: replays what real Kubernetes did and prints,
 * for each suite, how many cases agree and the first that do not. Exit code 1 when anything disagrees (timelines:
 * when they disagree more than recorded runs do among themselves).
 */
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { findGoldenFiles, messageOf, readCases, type SuiteFile } from './golden-files.js'
import { GOLDEN } from './golden-folder.js'
import { runSuite, type SuiteResult } from './run-suite.js'
import type { Difference } from './suite.js'
import { runScenario, suites } from './suites/index.js'
import { isWithinAllowance, judgeTimelines, type TimelineResult } from './timelines.js'

const LONGEST_VALUE = 300

interface Options {
  readonly paths: readonly string[]
  readonly only: RegExp
  readonly differences: number
}

function readOptions(args: readonly string[]): Options {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      only: { type: 'string', default: '' },
      differences: { type: 'string', default: '3' },
    },
  })
  const differences = Number(values.differences)
  if (!Number.isInteger(differences) || differences < 0) throw new Error('--differences takes a whole number')
  const paths = positionals.length === 0 ? [fileURLToPath(GOLDEN)] : positionals
  return { paths, only: new RegExp(values.only), differences }
}

async function main(args: readonly string[]): Promise<boolean> {
  const { paths, only, differences } = readOptions(args)
  const { suiteFiles, scenarioFolders, unreadable } = findGoldenFiles(paths)
  let passed = 0
  let failed = 0
  const report = (result: SuiteResult): void => {
    passed += result.total - result.failed.length
    failed += result.failed.length
    print(result, differences)
  }

  for (const file of suiteFiles) {
    const result = runFile(file, only)
    if (result.total > 0) report(result)
  }
  for (const { path, reason } of unreadable) report(unreadableResult(path, reason))
  const isSuitesPassed = failed === 0

  const folders = scenarioFolders.filter(folder => only.test(basename(folder)))
  const timelines = await judgeTimelines(folders, runScenario, new URL('timelines/', GOLDEN))
  timelines.families.forEach(report)
  if (folders.length > 0) console.log(overallLine(timelines))
  if (passed + failed === 0) console.log('no cases found')
  console.log(`${passed} passed, ${failed} failed`)
  return isSuitesPassed && isWithinAllowance(timelines) && passed + failed > 0
}

function runFile(file: SuiteFile, only: RegExp): SuiteResult {
  try {
    const cases = readCases(file).filter(({ id }) => only.test(id))
    return runSuite(
      file.name,
      suites.find(suite => suite.name === file.name),
      cases,
    )
  } catch (error) {
    return unreadableResult(file.path, messageOf(error))
  }
}

function unreadableResult(path: string, reason: string): SuiteResult {
  const differences = [{ path: '', want: 'a readable file', got: reason }]
  return { name: path, total: 1, failed: [{ id: 'unreadable', differences }] }
}

function print({ name, total, failed }: SuiteResult, limit: number): void {
  console.log(`${name}: ${total - failed.length}/${total}`)
  let left = limit
  for (const { id, differences } of failed) {
    for (const difference of differences) {
      if (left-- <= 0) return
      console.log(`  ${id} ${differenceText(difference)}`)
    }
  }
}

function differenceText({ path, want, got }: Difference): string {
  const place = path === '' ? '' : `${path}: `
  return `${place}want ${shortened(want)}, got ${shortened(got)}`
}

function shortened(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length <= LONGEST_VALUE ? text : `${text.slice(0, LONGEST_VALUE)}...`
}

function overallLine(result: TimelineResult): string {
  const { matchedChecks, totalChecks, cleanScenarios, totalScenarios } = result
  const checks = `${matchedChecks}/${totalChecks} checks (${percent(matchedChecks, totalChecks)})`
  const scenarios = `${cleanScenarios}/${totalScenarios} scenarios clean (${percent(cleanScenarios, totalScenarios)})`
  const verdict = isWithinAllowance(result) ? 'within' : 'outside'
  return `timelines: ${checks}, ${scenarios}: ${verdict} what recorded runs allow one another`
}

function percent(part: number, all: number): string {
  return all === 0 ? '-' : `${((100 * part) / all).toFixed(2)} %`
}

process.exitCode = (await main(process.argv.slice(2))) ? 0 : 1
