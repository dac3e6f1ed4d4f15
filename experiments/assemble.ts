/**
 * From the checked fields of an experiment file to an experiment with everything decided: axes become variants, every
 * variant's model is built once, and every name is looked up, so that nothing can be wrong once runs start.
 */
import { dirname, resolve } from 'node:path'
import { PLUGINS, recordedResources, type SimulationModel } from '../engine/index.js'
import {
  type Issue,
  loadModules,
  modelHash,
  openTemplate,
  type ScenarioChange,
  type ScenarioTemplate,
} from '../scenarios/index.js'
import { type Combination, combinations, groupAxes, resolveChanges } from './axes.js'
import { AxisReader } from './axis-reader.js'
import { type Condition, parseCondition } from './condition.js'
import type { Axis, Comparison, Experiment, Repetitions, Variant, WarmUp } from './experiment.js'
import type { ExperimentOptions, LoadedExperiment, Parts, Refused, Source } from './loaded-experiment.js'
import { probe } from './measure/probe.js'
import { seriesMetrics } from './measure/series-metrics.js'
import { windowMetrics } from './measure/window.js'
import type { ExperimentFile } from './schema.js'
import { tablesOf } from './tables.js'
import { unboundReferences } from './unbound-references.js'
import { unknownNames } from './unknown-names.js'

export async function assemble(parts: Parts): Promise<LoadedExperiment | Refused> {
  const { sections, source, options, blocks } = parts
  const issues: Issue[] = [...unboundReferences(sections, source)]
  const folder = dirname(source.file)
  const use = [...sections.use.map(file => resolve(folder, file)), ...(options.use ?? [])]
  const plugins = await loadModules(use)
  if (typeof plugins === 'string') return { issues: [source.issue(['use'], plugins)] }
  const base = baseOf(sections, source)
  if ('path' in base) return { issues: [base] }
  const template = await openTemplate(base.template, { plugins: [...PLUGINS, ...plugins] })
  if ('issues' in template) return template
  const combined = combine(parts, template, issues)
  if (issues.length > 0) return { issues: blocks.sortIssues(issues) }
  const built = await buildVariants(combined.combinations, template)
  if ('issues' in built) return { issues: blocks.sortIssues(built.issues) }
  const { variants, models } = built
  const resources = recordedResources(...models)
  const seen = probe(models[0], resources, plugins)
  const window = windowOf(sections)
  const metrics = [
    ...seen.metrics,
    ...(window === undefined ? [] : windowMetrics(seen.records)),
    ...seriesMetrics(sections.series, seen.records),
  ]
  const repetitions = repetitionsOf(sections, options)
  issues.push(
    ...unknownNames(sections, source, metrics, seen.records),
    ...seedIssues(sections, repetitions, options, source),
  )
  const comparison = comparisonOf(parts, combined.axes, issues)
  const tables = await tablesOf(parts, combined.axes, variants)
  issues.push(...tables.issues)
  if (issues.length > 0) return { issues: blocks.sortIssues(issues) }
  const experiment: Experiment = {
    name: sections.name ?? blocks.nameOf(source.file),
    about: sections.about,
    base: base.plain,
    use,
    parameters: parts.parameters,
    axes: combined.axes,
    variants,
    seed: options.seed ?? sections.seed ?? models[0].seed,
    ...(sections.seeds === undefined || options.seed !== undefined ? {} : { seeds: sections.seeds }),
    randomNumbers: sections.randomNumbers,
    repetitions,
    metrics: sections.metrics,
    confidence: sections.confidence,
    ...(comparison === undefined ? {} : { comparison }),
    series: sections.series,
    distributions: sections.distributions,
    tables: tables.tables,
    ...(window === undefined ? {} : { window }),
  }
  const baseFile = base.plain.inline === undefined ? [base.plain.file] : []
  return {
    experiment,
    metrics,
    resources,
    modelHashes: models.map(modelHash),
    inputs: [...(parts.isFile ? [source.file] : []), ...baseFile, ...template.inputs, ...tables.inputs],
  }
}

function baseOf(sections: ExperimentFile, source: Source) {
  const { base, scenario } = sections
  if ((base === undefined) === (scenario === undefined)) {
    return source.issue([], 'give either "base", a scenario file, or "scenario", a scenario in place')
  }
  if (base !== undefined) {
    const file = resolve(dirname(source.file), base)
    return { template: { file }, plain: { file } }
  }
  const value = scenario ?? {}
  const locate: ScenarioChange['locate'] = (path, part) => source.locate(['scenario', ...path], part)
  const { file } = source
  return { template: { file, inline: { value, locate } }, plain: { file: resolve(file), inline: value } }
}

interface Combined {
  readonly axes: readonly Axis[]
  readonly combinations: readonly Combination[]
}

/** Axes, zips and conditions to combinations; every combination carries all of its changes, in order. */
function combine(parts: Parts, template: ScenarioTemplate, issues: Issue[]): Combined {
  const { sections, source, settings, blocks } = parts
  const reader = new AxisReader(parts, template, issues)
  const axes = Object.entries(sections.axes).map(([name, entry]) => reader.read(name, entry))
  const names = axes.map(({ name }) => name)
  const known = Object.keys(blocks.SECTIONS)
  const set = blocks.variantAssignments(sections.set, ['set'], source.locate, known)
  issues.push(...set.issues, ...zipIssues(parts, axes))
  const conditions = sections.where.flatMap((text, i): readonly Condition[] => {
    const condition = parseCondition(text, names)
    if (typeof condition !== 'string') return [condition]
    issues.push(source.issue(['where', i], condition))
    return []
  })
  if (issues.length > 0) return { axes: [], combinations: [] }
  const found = combinations(groupAxes(axes, sections.zip), conditions).map(({ values, changes }) => ({
    values,
    changes: resolveChanges([...set.assignments, ...changes, ...settings.changes], values),
  }))
  if (found.length === 0)
    issues.push(source.issue(['where'], 'no combination of axis values meets the conditions'))
  return {
    axes: axes.map(({ name, points }) => ({ name, values: points.map(({ value }) => value) })),
    combinations: found,
  }
}

function zipIssues(
  { sections, source }: Parts,
  axes: readonly { readonly name: string; readonly points: readonly unknown[] }[],
): readonly Issue[] {
  const seen = new Set<string>()
  return sections.zip.flatMap((group, i) => {
    const lengths = new Set<number>()
    for (const [j, name] of group.entries()) {
      const axis = axes.find(candidate => candidate.name === name)
      if (axis === undefined) return [source.issue(['zip', i, j], `there is no axis ${name}`)]
      if (seen.has(name)) return [source.issue(['zip', i, j], `the axis ${name} is zipped already`)]
      seen.add(name)
      lengths.add(axis.points.length)
    }
    if (lengths.size < 2) return []
    return [
      source.issue(
        ['zip', i],
        `zipped axes have as many values each, these have ${[...lengths].join(' and ')}`,
      ),
    ]
  })
}

async function buildVariants(
  found: readonly Combination[],
  template: ScenarioTemplate,
): Promise<{ readonly variants: readonly Variant[]; readonly models: readonly SimulationModel[] } | Refused> {
  const variants: Variant[] = []
  const models: SimulationModel[] = []
  const issues: Issue[] = []
  for (const [index, { values, changes }] of found.entries()) {
    const name = nameOf(values)
    const built = await template.build(name, changes)
    if ('issues' in built) issues.push(...built.issues)
    else models.push(built.model)
    variants.push({ index, name, values, changes: changes.map(({ path, value }) => ({ path, value })) })
  }
  return issues.length > 0 ? { issues } : { variants, models }
}

function nameOf(values: Combination['values']): string {
  const entries = Object.entries(values)
  if (entries.length === 0) return 'base'
  if (entries.length === 1) return String(entries[0][1])
  return entries.map(([axis, value]) => `${axis}=${String(value)}`).join(' ')
}

function comparisonOf(
  { sections: { compare }, source, settings }: Parts,
  axes: readonly Axis[],
  issues: Issue[],
): Comparison | undefined {
  const first = axes.find(({ values }) => values.length > 1)
  const axis = compare === undefined ? first : axes.find(({ name }) => name === compare.axis)
  if (axis === undefined) {
    if (compare !== undefined)
      issues.push(source.issue(['compare', 'axis'], `there is no axis ${compare.axis}`))
    return undefined
  }
  const baseline = compare?.baseline ?? axis.values[0]
  // The command line may have chosen values without the file's own baseline.
  const other = settings.axes.has(axis.name) ? axis.values[0] : undefined
  const meant = axis.values.find(value => String(value) === String(baseline)) ?? other
  if (meant === undefined) {
    const message = `the axis ${axis.name} has no value ${String(baseline)}; it has ${axis.values.join(', ')}`
    issues.push(source.issue(['compare', 'baseline'], message))
    return undefined
  }
  return axis.values.length < 2 ? undefined : { axis: axis.name, baseline: meant }
}

function repetitionsOf(sections: ExperimentFile, options: ExperimentOptions): Repetitions {
  const { repetitions, seeds } = sections
  if (options.repetitions !== undefined) return { kind: 'fixed', count: options.repetitions }
  if (repetitions === undefined) return { kind: 'fixed', count: seeds?.length ?? 10 }
  if (typeof repetitions === 'number') return { kind: 'fixed', count: repetitions }
  const { first, most, lookAhead, precision, best } = repetitions
  if (best !== undefined) return { kind: 'best', first, most, ...best }
  return { kind: 'precision', first, most, lookAhead, targets: precision ?? [] }
}

/** Seeds that are given one by one have to last. */
function seedIssues(
  { seeds }: ExperimentFile,
  repetitions: Repetitions,
  options: ExperimentOptions,
  source: Source,
): readonly Issue[] {
  const most = repetitions.kind === 'fixed' ? repetitions.count : repetitions.most
  if (seeds === undefined || options.seed !== undefined || most <= seeds.length) return []
  return [source.issue(['seeds'], `there are ${seeds.length} seeds for up to ${most} repetitions`)]
}

function windowOf({ window }: ExperimentFile): Experiment['window'] {
  if (window === undefined) return undefined
  const { warmUp, coolDown, stability } = window
  let chosen: WarmUp = { kind: 'none' }
  if (warmUp === 'auto') chosen = { kind: 'auto', column: stability }
  else if (typeof warmUp === 'object') chosen = { kind: 'prefill', pods: warmUp.prefill }
  else if (warmUp > 0) chosen = { kind: 'fixed', length: warmUp }
  return { warmUp: chosen, coolDown, stability }
}
