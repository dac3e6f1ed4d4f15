import type { Issue } from '../scenarios/index.js'
import { ExitCode } from './exit-code.js'
import { openRooms } from './open-rooms.js'
import type { Rooms } from './rooms.js'
import { showIgnored } from './show-ignored.js'
import { showIssues, TERMINAL, type Terminal } from './terminal.js'

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
    if ('issues' in scenario) {
      issues.push(...scenario.issues)
      continue
    }
    const variants = scenario.variants.map(({ name }) => name).join(', ')
    terminal.out(`${file}: fine (${scenario.name}: ${variants})`)
    showIgnored(terminal, scenario.ignored)
  }
  if (issues.length === 0) return ExitCode.Ok
  showIssues(terminal, issues)
  return ExitCode.BadInput
}
