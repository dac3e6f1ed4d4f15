/**
 * The only door of the room. What it exports is light: the YAML and schema libraries are loaded by the first call that
 * needs them.
 */
import type { Issue } from './issue.js'
import type { LoadedScenario, LoadOptions } from './load.js'
import type { JsonSchema } from './schema/json-schema.js'

export { formatIssue, type Issue } from './issue.js'
export type { Expectation, LoadedScenario, LoadOptions } from './load.js'
export type { JsonSchema } from './schema/json-schema.js'

/** Loads a scenario with everything it names, or answers all that is wrong with it. Nothing is written. */
export async function loadScenario(
  file: string,
  options: LoadOptions = {},
): Promise<LoadedScenario | { readonly issues: readonly Issue[] }> {
  const load = await import('./load.js')
  return load.loadScenario(file, options)
}

/** The JSON Schema of scenario files, for editors. */
export async function scenarioSchema(): Promise<JsonSchema> {
  const schema = await import('./schema.js')
  return schema.scenarioJsonSchema()
}

/** The reference of every field, as README.md of this room has it. */
export async function scenarioReference(): Promise<string> {
  const reference = await import('./reference.js')
  return reference.scenarioReference(await scenarioSchema())
}
