import { existsSync } from 'node:fs'
import { basename, dirname, join, normalize, resolve } from 'node:path'
import type { KnownPlugin, SimulationModel } from '../engine/index.js'
import { type Built, build, type Inputs } from './build.js'
import { describeValue, isRecord } from './describe-value.js'
import {
  type OutageFormatName,
  type OutageOptions,
  type OutageRecords,
  readOutages,
} from './failures/outage-records.js'
import { type Issue, sortIssues } from './issue.js'
import type { IgnoredField } from './manifests/ignored-fields.js'
import { type Manifests, readManifests } from './manifests/manifest-list.js'
import { readDocuments, type Unreadable, wholeFile } from './manifests/read-file.js'
import { readYaml, type SourceDocument } from './manifests/source-document.js'
import { readSettings, ScenarioSource, variantAssignments } from './scenario-source.js'
import type { Comparison } from './schema/expectation.js'
import { type ScenarioSections, SECTIONS } from './schema.js'
import { TRACE_READERS } from './traces/index.js'
import type { AnyTraceReader, LoadedTrace, MissingFile, TraceOptions } from './traces/trace-reader.js'
import { type MachineOptions, readMachines } from './traffic/read-machines.js'
import { type ReadSeries, readSeries } from './traffic/read-series.js'
import type { SeriesFile } from './traffic/written-load.js'
import { unknownMetrics } from './unknown-metrics.js'
import { validate } from './validate.js'

export interface LoadOptions {
  /** Overrides as `path=value`, for example `nodes.0.count=50`. */
  readonly set?: readonly string[]
  /** Plugins that profiles may name beside the built-in ones. */
  readonly plugins?: readonly KnownPlugin[]
  /** Whether the runs have a limit of their own, so that the scenario needs no duration. */
  readonly isLimited?: boolean
}

/** A metric of one variant, or of every one, compared with a number. */
export interface Expectation {
  readonly metric: string
  readonly comparison: Comparison
  readonly value: number
  /** Absent: every variant. */
  readonly variant?: string
}

/** A scenario that has no mistakes: its variants as models of runs; without variants there is one, of its own name. */
export interface LoadedScenario {
  readonly name: string
  readonly variants: readonly { readonly name: string; readonly model: SimulationModel }[]
  readonly expectations: readonly Expectation[]
  /** Every file that was read beside the scenario itself. */
  readonly inputs: readonly string[]
  /** What nothing simulates of the manifests, each field once. */
  readonly ignored: readonly IgnoredField[]
}

/** Loads a scenario with everything it names, or answers all that is wrong with it. Nothing is written. */
export async function loadScenario(
  file: string,
  options: LoadOptions = {},
): Promise<LoadedScenario | { readonly issues: readonly Issue[] }> {
  const read = readScenario(file)
  if ('issues' in read) return read
  const settings = readSettings(options.set ?? [], settingValue)
  const base = read.source.with(settings.assignments)
  const issues: Issue[] = [...settings.issues, ...base.issues]
  const inputs = new FileInputs(dirname(file), options.plugins ?? [], options.isLimited)
  const { sections, issues: found } = validate(base.source)
  issues.push(...found)
  const name = sections.name ?? nameOf(file)
  const plain = await build(base.source, name, sections, inputs)
  issues.push(...plain.issues)
  const variants: { readonly name: string; readonly built: Built }[] = []
  for (const [variant, changes] of Object.entries(sections.variants ?? {})) {
    const changed = await buildVariant(base.source, variant, changes, inputs)
    issues.push(...changed.issues)
    variants.push({ name: variant, built: changed })
  }
  const all = variants.length === 0 ? [plain] : variants.map(({ built }) => built)
  issues.push(
    ...unknownMetrics(
      all.flatMap(({ metrics }) => metrics),
      all.map(({ model }) => model),
    ),
  )
  if (issues.length > 0) return { issues: sortIssues(issues) }
  if (variants.length === 0) variants.push({ name, built: plain })
  return {
    name,
    variants: variants.flatMap(({ name: variant, built: { model } }) =>
      model === undefined ? [] : [{ name: variant, model }],
    ),
    expectations: expectationsOf(variants),
    inputs: inputs.files,
    ignored: plain.ignored,
  }
}

export function readScenario(
  file: string,
): { readonly source: ScenarioSource } | { readonly issues: readonly Issue[] } {
  const read = readDocuments(file)
  if ('unreadable' in read) return { issues: [wholeFile(file, read.unreadable)] }
  if (read.issues.length > 0) return { issues: read.issues }
  const [document, second] = read.documents
  if (document === undefined) return { issues: [wholeFile(file, 'the file is empty')] }
  const { value, locate } = document
  if (second !== undefined) {
    const message = 'a scenario is one document; manifests belong into files of their own'
    return { issues: [{ ...second.locate([]), path: '', message }] }
  }
  if (!isRecord(value)) {
    return {
      issues: [{ ...locate([]), path: '', message: `expected a scenario, got ${describeValue(value)}` }],
    }
  }
  const other = otherFile(value)
  if (other !== undefined) return { issues: [{ ...locate([]), path: '', message: other }] }
  return { source: new ScenarioSource(file, value, locate) }
}

/** What a file is that is no scenario at all: one sentence instead of a mistake for each of its keys. */
function otherFile(value: Readonly<Record<string, unknown>>): string | undefined {
  if ('base' in value || 'axes' in value) {
    return 'this is an experiment and no scenario: kubelapse experiment takes it'
  }
  if (typeof value['kind'] === 'string' && typeof value['apiVersion'] === 'string') {
    return 'this is a Kubernetes manifest and no scenario: name it in one, as { file: ... } under "workloads"'
  }
  return undefined
}

/** The name of a file as the name of an object. */
export function nameOf(file: string): string {
  const stem = basename(file).replace(/(?:\.scenario)?\.(?:ya?ml|json)(?:\.gz)?$/, '')
  const name = stem
    .toLowerCase()
    .replaceAll(/[^a-z0-9.-]+/g, '-')
    .replaceAll(/^[-.]+|[-.]+$/g, '')
  return name === '' ? 'scenario' : name
}

/** The value of a `path=value` argument, which is YAML. */
export function settingValue(text: string): { readonly value: unknown } | { readonly message: string } {
  const { documents, issues } = readYaml('--set', text)
  if (issues.length > 0) return { message: issues[0].message }
  return { value: documents[0]?.value ?? null }
}

async function buildVariant(
  base: ScenarioSource,
  name: string,
  changes: Readonly<Record<string, unknown>>,
  inputs: Inputs,
): Promise<Built> {
  const at = ['variants', name]
  const { assignments, issues } = variantAssignments(changes, at, base.locate, Object.keys(SECTIONS))
  const changed = base.with(assignments)
  const { sections, issues: found } = validate(changed.source)
  const built = await build(changed.source, name, sections, inputs)
  return { ...built, issues: [...issues, ...changed.issues, ...found, ...built.issues] }
}

/** Conditions that hold for every variant are told once. */
function expectationsOf(
  variants: readonly { readonly name: string; readonly built: Built }[],
): Expectation[] {
  const [first] = variants
  const text = JSON.stringify(first.built.conditions)
  if (variants.every(({ built }) => JSON.stringify(built.conditions) === text))
    return [...first.built.conditions]
  return variants.flatMap(({ name, built }) =>
    built.conditions.map(condition => ({ ...condition, variant: name })),
  )
}

/** The files around a scenario, each read once for all variants. */
export class FileInputs implements Inputs {
  readonly plugins: readonly KnownPlugin[]
  readonly isLimited: boolean
  readonly #folder: string
  readonly #manifests = new Map<string, Manifests | Unreadable>()
  readonly #traces = new Map<string, Promise<LoadedTrace | MissingFile>>()
  readonly #series = new Map<string, Promise<ReadSeries | Unreadable>>()
  readonly #files = new Set<string>()

  constructor(folder: string, plugins: readonly KnownPlugin[], isLimited = false) {
    this.isLimited = isLimited
    this.#folder = folder
    this.plugins = plugins
  }

  get files(): readonly string[] {
    return [...this.#files]
  }

  #path(file: string): string {
    return resolve(file) === file ? file : normalize(join(this.#folder, file))
  }

  manifests(name: string): Manifests | Unreadable {
    const file = this.#path(name)
    let manifests = this.#manifests.get(file)
    if (manifests === undefined) {
      manifests = manifestsOf(file)
      this.#manifests.set(file, manifests)
      this.#files.add(file)
    }
    return manifests
  }

  configuration(name: string): SourceDocument | Unreadable | { readonly issues: readonly Issue[] } {
    const file = this.#path(name)
    this.#files.add(file)
    const read = readDocuments(file)
    if ('unreadable' in read) return read
    if (read.issues.length > 0) return { issues: read.issues }
    const [document, second] = read.documents
    if (document === undefined) return { issues: [wholeFile(file, 'the file is empty')] }
    if (second === undefined) return document
    return { issues: [{ ...second.locate([]), path: '', message: 'a configuration is one document' }] }
  }

  outages(format: OutageFormatName, options: OutageOptions): Promise<OutageRecords | Unreadable> {
    const file = this.#path(options.file)
    this.#files.add(file)
    return readOutages(format, { ...options, file })
  }

  series(series: SeriesFile): Promise<ReadSeries | Unreadable> {
    const key = JSON.stringify(series)
    let read = this.#series.get(key)
    if (read === undefined) {
      const file = this.#path(series.file)
      this.#files.add(file)
      read = readSeries(file, series)
      this.#series.set(key, read)
    }
    return read
  }

  machines(name: string, options: MachineOptions): ReturnType<typeof readMachines> {
    const file = this.#path(name)
    this.#files.add(file)
    return readMachines(file, options)
  }

  trace(options: ScenarioSections['traces'][number]): Promise<LoadedTrace | MissingFile> {
    const key = JSON.stringify(options)
    let trace = this.#traces.get(key)
    if (trace === undefined) {
      trace = this.#readTrace(options)
      this.#traces.set(key, trace)
    }
    return trace
  }

  async #readTrace(options: ScenarioSections['traces'][number]): Promise<LoadedTrace | MissingFile> {
    const { reader, nodes, pods } = options
    const definition = TRACE_READERS.find(candidate => candidate.reader === reader) as
      | AnyTraceReader
      | undefined
    if (definition === undefined) return { option: 'pods', message: `there is no reader ${reader}` }
    const { podsPrefix } = definition
    const resolved: TraceOptions = {
      ...options,
      name: options.name ?? reader,
      limit: options.limit ?? Number.POSITIVE_INFINITY,
      nodes: nodes === undefined ? undefined : fileAsNamed(this.#path(nodes)),
      pods: pods === undefined ? undefined : fileAsNamed(this.#path(pods), podsPrefix),
    }
    for (const file of [resolved.nodes, resolved.pods]) if (file !== undefined) this.#files.add(file)
    // The schema has checked the options of just this reader.
    return definition.read(resolved)
  }
}

/**
 * The file itself, or where there is none of that name the one with or without `.gz` behind it, or with the prefix of
 * published lists before it.
 */
function fileAsNamed(file: string, prefix = ''): string {
  const full = join(dirname(file), `${prefix}${basename(file)}`)
  const names = [file, full].flatMap(name => [name, name.endsWith('.gz') ? name.slice(0, -3) : `${name}.gz`])
  return names.find(name => existsSync(name)) ?? file
}

function manifestsOf(file: string): Manifests | Unreadable {
  const read = readDocuments(file)
  if ('unreadable' in read) return read
  const parts = read.documents.map(({ value, locate }) => readManifests(value, locate))
  const manifests = parts.flatMap(part => part.manifests)
  const broken = parts.flatMap(part => part.broken)
  const issues = [...read.issues, ...parts.flatMap(part => part.issues)]
  if (manifests.length === 0 && issues.length === 0)
    issues.push(wholeFile(file, 'there are no manifests in it'))
  return { manifests, broken, issues }
}
