/** Reads the axes of an experiment file into points: values with the changes they stand for. */
import type { Issue, Path, ScenarioChange, ScenarioTemplate } from '../scenarios/index.js'
import { parsePath } from '../scenarios/index.js'
import { type AxisPoint, type AxisPoints, assignEverywhere, rangeValues } from './axes.js'
import type { AxisValue } from './experiment.js'
import type { Parts } from './loaded-experiment.js'
import { referencesIn } from './parameters.js'
import type { AxisEntry } from './schema.js'
import { yamlValue } from './yaml-value.js'

const KINDS = ['values', 'range', 'variants'] as const

export class AxisReader {
  readonly #parts: Parts
  readonly #template: ScenarioTemplate
  readonly #issues: Issue[]

  constructor(parts: Parts, template: ScenarioTemplate, issues: Issue[]) {
    this.#parts = parts
    this.#template = template
    this.#issues = issues
  }

  read(name: string, entry: AxisEntry): AxisPoints {
    const given = KINDS.filter(kind => entry[kind] !== undefined)
    if (given.length !== 1) {
      this.#fault(['axes', name], 'an axis has one of values, range and variants')
      return { name, points: [] }
    }
    const points = entry.variants === undefined ? this.#values(name, entry) : this.#variants(name, entry)
    if (points.length === 0) this.#fault(['axes', name, given[0]], 'there are no values')
    const labels = points.map(({ value }) => String(value))
    const twice = labels.find((label, i) => labels.indexOf(label) < i)
    if (twice !== undefined) this.#fault(['axes', name, given[0]], `${twice} is given twice`)
    return { name, points }
  }

  #fault(path: Path, message: string): void {
    this.#issues.push(this.#parts.source.issue(path, message))
  }

  /** An axis of values: what the command line says, or the list, or the range. */
  #values(name: string, entry: AxisEntry): readonly AxisPoint[] {
    const { source, settings, sections } = this.#parts
    const kind = entry.range === undefined ? 'values' : 'range'
    const setting = settings.axes.get(name)
    const values =
      setting === undefined
        ? (entry.values ?? (entry.range === undefined ? [] : rangeValues(entry.range)))
        : this.#given(setting.text)
    const paths = this.#paths(name, entry)
    if (paths.length === 0 && !referencesIn([sections.set, sections.axes]).includes(name)) {
      this.#fault(['axes', name], `it changes nothing: give a path, or use \${${name}} in set`)
    }
    return values.map((value, i) => {
      const at: Path = kind === 'values' ? ['axes', name, 'values', i] : ['axes', name, 'range']
      const locate: ScenarioChange['locate'] = () =>
        setting === undefined ? source.locate(at) : { file: '--set', line: setting.argument, column: 1 }
      return { value, changes: assignEverywhere(paths, value, locate) }
    })
  }

  #paths(name: string, { path }: AxisEntry): readonly Path[] {
    if (path === undefined) return []
    return [path].flat().flatMap(text => {
      const read = parsePath(text)
      if (read !== undefined) return [read]
      this.#fault(['axes', name, 'path'], `${JSON.stringify(text)} is no path such as nodes.0.count`)
      return []
    })
  }

  #given(text: string): readonly AxisValue[] {
    return text.split(',').map(item => {
      const value = yamlValue(item.trim(), this.#parts.blocks)
      return typeof value === 'number' || typeof value === 'boolean' ? value : item.trim()
    })
  }

  /** An axis of named variants, of which the command line may choose some. */
  #variants(name: string, { variants, path }: AxisEntry): readonly AxisPoint[] {
    if (path !== undefined) this.#fault(['axes', name, 'path'], 'variants say themselves what they change')
    const all = variants === 'base' ? this.#ofBase() : this.#ofFile(name, variants ?? {})
    const setting = this.#parts.settings.axes.get(name)
    if (setting === undefined) return all
    return setting.text.split(',').flatMap(item => {
      const found = all.find(({ value }) => value === item.trim())
      if (found !== undefined) return [found]
      const known = all.map(({ value }) => value).join(', ')
      const place = { file: '--set', line: setting.argument, column: 1, path: name }
      this.#issues.push({ ...place, message: `there is no variant ${item.trim()}; there are ${known}` })
      return []
    })
  }

  #ofBase(): readonly AxisPoint[] {
    return [...this.#template.variants].map(([value, changes]) => ({ value, changes }))
  }

  #ofFile(
    name: string,
    variants: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
  ): readonly AxisPoint[] {
    const { source, blocks } = this.#parts
    const known = Object.keys(blocks.SECTIONS)
    return Object.entries(variants).map(([value, changes]) => {
      const at: Path = ['axes', name, 'variants', value]
      // Keys like 10 would be sorted before all others, against the order of the file.
      if (/^\d+$/.test(value)) this.#fault(at, 'the name of a variant is no number')
      const read = blocks.variantAssignments(changes, at, source.locate, known)
      this.#issues.push(...read.issues)
      return { value, changes: read.assignments }
    })
  }
}
