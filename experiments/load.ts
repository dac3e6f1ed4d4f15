/**
 * Reads an experiment file with everything it names, or answers all that is wrong with it, each mistake with its place.
 * Nothing is run: what comes out is plain data, and the models of all variants have been built once to check them.
 */
import { dirname, relative, resolve } from 'node:path'
import { type Documents, documents, type Path } from '../scenarios/index.js'
import { assemble } from './assemble.js'
import type {
  ExperimentDocument,
  ExperimentOptions,
  LoadedExperiment,
  Refused,
  Settings,
  Source,
} from './loaded-experiment.js'
import { type Bindings, substitute } from './parameters.js'
import { type ExperimentFile, experimentSchema } from './schema.js'
import { yamlValue } from './yaml-value.js'

export async function loadExperiment(
  file: string,
  options: ExperimentOptions = {},
): Promise<LoadedExperiment | Refused> {
  const blocks = await documents()
  const read = blocks.readDocuments(file)
  if ('unreadable' in read) return { issues: [blocks.wholeFile(file, read.unreadable)] }
  if (read.issues.length > 0) return { issues: read.issues }
  const document = read.documents.at(0)
  if (document === undefined) return { issues: [blocks.wholeFile(file, 'the file is empty')] }
  const { value } = document
  if (!blocks.isRecord(value)) {
    const message = `expected an experiment, got ${blocks.describeValue(value)}`
    return { issues: [{ ...document.locate([]), path: '', message }] }
  }
  if ('nodes' in value && !('base' in value) && !('scenario' in value)) {
    const message = 'this is a scenario and no experiment: run, compare, what-if, sweep and capacity take it'
    return { issues: [{ ...document.locate([]), path: '', message }] }
  }
  return loadDocument({ file, isFile: true, value, locate: document.locate }, options)
}

/** Loads an experiment that has been read, or that a command has put together. */
export async function loadDocument(
  document: ExperimentDocument,
  options: ExperimentOptions,
): Promise<LoadedExperiment | Refused> {
  const blocks = await documents()
  const { file, value, isFile } = document
  const settings = settingsOf(value, options.set ?? [], blocks)
  if ('issues' in settings) return settings
  const raw = new blocks.ScenarioSource(file, value, document.locate)
  const parameters = parametersOf(raw.value, settings, file, blocks)
  if ('message' in parameters) return { issues: [raw.issue(parameters.path, parameters.message)] }
  const source = new blocks.ScenarioSource(file, parameters.file, document.locate)
  const checked = checkSchema(source, blocks)
  if ('issues' in checked) return checked
  return assemble({ ...checked, source, isFile, settings, parameters: parameters.values, options, blocks })
}

/** The file against its schema. */
function checkSchema(source: Source, blocks: Documents): { readonly sections: ExperimentFile } | Refused {
  const schema = experimentSchema(blocks)
  const read = schema.safeParse(source.value, { reportInput: true })
  if (read.success) return { sections: read.data }
  const json = blocks.jsonSchemaOf(schema)
  const known = (path: Path): readonly string[] => blocks.knownKeysAt(json, source.value, path)
  const faults = blocks.faultsOf(read.error.issues, source.value, [], known)
  return {
    issues: blocks.sortIssues(faults.map(fault => source.issue(fault.path, fault.message, fault.part))),
  }
}

/** Tells parameters, axes and paths of the scenario apart. */
function settingsOf(
  raw: Readonly<Record<string, unknown>>,
  set: readonly string[],
  blocks: Documents,
): Settings | Refused {
  const keysOf = (section: string): readonly string[] => {
    const value = raw[section]
    return blocks.isRecord(value) ? Object.keys(value) : []
  }
  const [parameterNames, axisNames] = [keysOf('parameters'), keysOf('axes')]
  const parameters = new Map<string, string>()
  const axes = new Map<string, { text: string; argument: number }>()
  // Every argument keeps its number, which is the line of its mistakes; those taken here are left empty.
  const rest = set.map((setting, argument) => {
    const equals = setting.indexOf('=')
    const name = setting.slice(0, Math.max(equals, 0)).trim()
    const text = setting.slice(equals + 1)
    if (parameterNames.includes(name)) parameters.set(name, text)
    else if (axisNames.includes(name)) axes.set(name, { text, argument: argument + 1 })
    else return setting
    return undefined
  })
  const { assignments, issues } = blocks.readSettings(
    rest.filter(setting => setting !== undefined),
    blocks.settingValue,
  )
  return issues.length > 0 ? { issues } : { parameters, axes, changes: assignments }
}

interface ReadParameters {
  readonly values: Readonly<Record<string, unknown>>
  /** The experiment with every parameter put in its place. */
  readonly file: Readonly<Record<string, unknown>>
}

function parametersOf(
  raw: Readonly<Record<string, unknown>>,
  settings: Settings,
  file: string,
  blocks: Documents,
): ReadParameters | { readonly path: Path; readonly message: string } {
  const declared = blocks.isRecord(raw['parameters']) ? raw['parameters'] : {}
  const plain = new Map<string, unknown>()
  const paths = new Map<string, string>()
  for (const [name, fallback] of Object.entries(declared)) {
    const given = settings.parameters.get(name)
    if (blocks.isRecord(fallback)) {
      const { path } = fallback
      if (typeof path !== 'string') {
        return { path: ['parameters', name], message: 'a path parameter is written { path: DIR }' }
      }
      paths.set(name, given === undefined ? resolve(dirname(file), path) : resolve(given))
    } else if (given === undefined) plain.set(name, fallback)
    else plain.set(name, parameterValue(given, Array.isArray(fallback), blocks))
  }
  const { parameters, ...rest } = raw
  const folder = baseFolder(rest, file, new Map<string, unknown>([...plain, ...paths]))
  const bindings: Bindings = new Map<string, unknown>([
    ...plain,
    ...[...paths].map(([name, path]): [string, unknown] => [name, relative(folder, path) || '.']),
  ])
  const absolute = new Map<string, unknown>([...plain, ...paths])
  const replaced = substitute(rest, bindings) as Record<string, unknown>
  const base = substitute(rest['base'], absolute)
  return {
    values: Object.fromEntries(bindings),
    file: {
      ...replaced,
      ...(parameters === undefined ? {} : { parameters }),
      ...(base === undefined ? {} : { base }),
    },
  }
}

/** The folder that paths in the scenario are relative to. */
function baseFolder(raw: Readonly<Record<string, unknown>>, file: string, absolute: Bindings): string {
  const base = substitute(raw['base'], absolute)
  return typeof base === 'string' ? dirname(resolve(dirname(file), base)) : resolve(dirname(file))
}

function parameterValue(text: string, isList: boolean, blocks: Documents): unknown {
  if (isList && !text.trimStart().startsWith('[')) return text.split(',').map(item => yamlValue(item, blocks))
  return yamlValue(text, blocks)
}
