/**
 * A scenario that many runs are made of: read once, then built again and again with other changes on top. Files that
 * it names are read once for all of them.
 */
import { dirname } from 'node:path'
import type { SimulationModel } from '../engine/index.js'
import { build } from './build.js'
import { type Issue, type Locate, sortIssues } from './issue.js'
import { type Expectation, FileInputs, type LoadOptions, nameOf, readScenario, settingValue } from './load.js'
import type { Path } from './path.js'
import { type Assignment, readSettings, ScenarioSource, variantAssignments } from './scenario-source.js'
import { SECTIONS } from './schema.js'
import { validate } from './validate.js'

/** A value put over the scenario's own, and where it was written. */
export type ScenarioChange = Assignment

/** A scenario file, or a scenario that stands inside another file. */
export interface TemplateSource {
  readonly file: string
  /** The scenario itself, when it stands in `file` among other things. */
  readonly inline?: { readonly value: Readonly<Record<string, unknown>>; readonly locate: Locate }
}

export interface BuiltModel {
  readonly model: SimulationModel
  readonly expectations: readonly Expectation[]
}

export interface ScenarioTemplate {
  readonly name: string
  /** The variants that the scenario has of its own, as changes to it. */
  readonly variants: ReadonlyMap<string, readonly ScenarioChange[]>
  /** Names of the node pools, in the order of `nodes`. */
  readonly pools: readonly (string | undefined)[]
  /** Every file that was read so far beside the scenario itself. */
  readonly inputs: readonly string[]
  /** The model with changes on top, or what is wrong with it. */
  build(
    name: string,
    changes: readonly ScenarioChange[],
  ): Promise<BuiltModel | { readonly issues: readonly Issue[] }>
}

/** Opens a scenario; mistakes in its fields show when a model is built. */
export function openTemplate(
  { file, inline }: TemplateSource,
  options: LoadOptions,
): ScenarioTemplate | { readonly issues: readonly Issue[] } {
  const read =
    inline === undefined
      ? readScenario(file)
      : { source: new ScenarioSource(file, inline.value, inline.locate) }
  if ('issues' in read) return read
  const settings = readSettings(options.set ?? [], settingValue)
  const base = read.source.with(settings.assignments)
  const { sections } = validate(base.source)
  const issues = [...settings.issues, ...base.issues]
  const variants = new Map<string, readonly ScenarioChange[]>()
  for (const [name, changes] of Object.entries(sections.variants ?? {})) {
    const at: Path = ['variants', name]
    const found = variantAssignments(changes, at, base.source.locate, Object.keys(SECTIONS))
    issues.push(...found.issues)
    variants.set(name, found.assignments)
  }
  if (issues.length > 0) return { issues: sortIssues(issues) }
  const inputs = new FileInputs(dirname(file), options.plugins ?? [])
  const pools: (string | undefined)[] = []
  for (const { index, value } of sections.nodes) pools[index] = value.name
  return new Template(sections.name ?? nameOf(file), base.source, variants, pools, inputs)
}

class Template implements ScenarioTemplate {
  readonly name: string
  readonly variants: ReadonlyMap<string, readonly ScenarioChange[]>
  readonly pools: readonly (string | undefined)[]
  readonly #source: ScenarioSource
  readonly #inputs: FileInputs

  constructor(
    name: string,
    source: ScenarioSource,
    variants: ReadonlyMap<string, readonly ScenarioChange[]>,
    pools: readonly (string | undefined)[],
    inputs: FileInputs,
  ) {
    this.name = name
    this.variants = variants
    this.pools = pools
    this.#source = source
    this.#inputs = inputs
  }

  get inputs(): readonly string[] {
    return this.#inputs.files
  }

  async build(
    name: string,
    changes: readonly ScenarioChange[],
  ): Promise<BuiltModel | { readonly issues: readonly Issue[] }> {
    const changed = this.#source.with(changes)
    const { sections, issues } = validate(changed.source)
    const built = await build(changed.source, name, sections, this.#inputs)
    const all = [...changed.issues, ...issues, ...built.issues]
    if (all.length > 0 || built.model === undefined) return { issues: sortIssues(all) }
    return { model: built.model, expectations: built.conditions }
  }
}
