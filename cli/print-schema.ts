import { scenarioSchema } from '../scenarios/index.js'
import { TERMINAL, type Terminal } from './terminal.js'

/** Prints the JSON Schema of scenario files. */
export async function printSchema(terminal: Terminal = TERMINAL): Promise<void> {
  terminal.out(JSON.stringify(await scenarioSchema(), undefined, 2))
}
