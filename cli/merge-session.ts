import { mergeStores, StoreRefusal } from '../experiments/index.js'
import { BadInput, ExitCode } from './exit-code.js'
import { conclude, resultsIn } from './laboratory.js'
import { TERMINAL, type Terminal } from './terminal.js'

/** Puts parts of an experiment together, and judges the whole. */
export function mergeSession(out: string, parts: readonly string[], terminal: Terminal = TERMINAL): ExitCode {
  try {
    mergeStores(out, parts)
    return conclude(terminal, resultsIn(out))
  } catch (error) {
    if (!(error instanceof StoreRefusal) && !(error instanceof BadInput)) throw error
    terminal.error(error.message)
    return ExitCode.BadInput
  }
}
