/**
 * The only door of the room. What it exports is light: the YAML and schema libraries are loaded by the first call that
 * needs them.
 */
import type { Issue } from './issue.js'
import type { LoadedScenario, LoadOptions } from './load.js'
import type { ScenarioTemplate, TemplateSource } from './load-template.js'
import type { JsonSchema } from './schema/json-schema.js'

export { formatIssue, type Issue, type Locate } from './issue.js'
export type { Expectation, LoadedScenario, LoadOptions } from './load.js'
export { loadModules } from './load-modules.js'
export type { ScenarioChange, ScenarioTemplate, TemplateSource } from './load-template.js'
export type { IgnoredField } from './manifests/ignored-fields.js'
export { modelHash } from './model-hash.js'
export { formatPath, type Path, parsePath } from './path.js'
export type { JsonSchema } from './schema/json-schema.js'
export { DISTRIBUTIONS, LOADS } from './written-values.js'

/** What other rooms need to read files of their own in the same way, see `documents.ts`. */
export type Documents = typeof import('./documents.js')

/** Loads a scenario with everything it names, or answers all that is wrong with it. Nothing is written. */
export async function loadScenario(
  file: string,
  options: LoadOptions = {},
): Promise<LoadedScenario | { readonly issues: readonly Issue[] }> {
  const load = await import('./load.js')
  return load.loadScenario(file, options)
}

/** Opens a scenario to make models of it with changes on top, or answers all that is wrong with it. */
export async function openTemplate(
  source: TemplateSource,
  options: LoadOptions = {},
): Promise<ScenarioTemplate | { readonly issues: readonly Issue[] }> {
  const template = await import('./load-template.js')
  return template.openTemplate(source, options)
}

/** The readers and schema blocks of this room, for files of other rooms that are checked the same way. */
export async function documents(): Promise<Documents> {
  return import('./documents.js')
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
