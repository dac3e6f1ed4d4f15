import type { RunOptions, RunResult, SimulationModel } from '../engine/index.js'
import type { Expectation } from '../reports/index.js'

/** A mistake in a file, with its place. Lines and columns count from 1. */
export interface Issue {
  readonly file: string
  readonly line: number
  readonly column: number
  readonly path: string
  readonly message: string
}

/** A scenario that has no mistakes: its variants as models of runs. */
export interface LoadedScenario {
  readonly name: string
  readonly variants: readonly { readonly name: string; readonly model: SimulationModel }[]
  readonly expectations: readonly Expectation[]
  /** Every file that was read beside the scenario itself. */
  readonly inputs: readonly string[]
}

/** What a session asks of the rooms before it; a test hands in its own. */
export interface Rooms {
  loadScenario(
    file: string,
    options: { readonly set: readonly string[] },
  ): Promise<LoadedScenario | { readonly issues: readonly Issue[] }>
  simulate(model: SimulationModel, options: RunOptions): RunResult
}
