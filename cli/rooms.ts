import type { RunOptions, RunResult, SimulationModel } from '../engine/index.js'
import type { Issue, LoadedScenario } from '../scenarios/index.js'

/** What a session asks of the rooms before it; a test hands in its own. */
export interface Rooms {
  loadScenario(
    file: string,
    options: { readonly set: readonly string[]; readonly isLimited?: boolean },
  ): Promise<LoadedScenario | { readonly issues: readonly Issue[] }>
  simulate(model: SimulationModel, options: RunOptions): RunResult
}
