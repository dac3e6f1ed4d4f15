import type { Issue, LoadedScenario } from '../scenarios/index.js'
import { ExitCode } from './exit-code.js'
import { openRooms } from './open-rooms.js'
import type { Rooms } from './rooms.js'
import { showIgnored } from './show-ignored.js'
import { showIssues, TERMINAL, type Terminal } from './terminal.js'
import { unknownMetrics } from './unknown-metrics.js'

/** Checks every file; answers BadInput when one has a mistake. */
export async function validateFiles(
  files: readonly string[],
  settings: { readonly rooms?: Rooms; readonly terminal?: Terminal } = {},
): Promise<ExitCode> {
  const terminal = settings.terminal ?? TERMINAL
  const rooms = settings.rooms ?? (await openRooms())
  const issues: Issue[] = []
  for (const file of files) {
    const scenario = await rooms.loadScenario(file, { set: [] })
    const found = 'issues' in scenario ? scenario.issues : metricIssues(file, scenario)
    issues.push(...found)
    if (found.length > 0 || 'issues' in scenario) continue
    const variants = scenario.variants.map(({ name }) => name).join(', ')
    terminal.out(`${file}: fine (${scenario.name}: ${variants})`)
    showIgnored(terminal, scenario.ignored)
  }
  if (issues.length === 0) return ExitCode.Ok
  showIssues(terminal, issues)
  return ExitCode.BadInput
}

function metricIssues(file: string, scenario: LoadedScenario): readonly Issue[] {
  return unknownMetrics(scenario).map(message => ({ file, line: 1, column: 1, path: 'expect', message }))
}
