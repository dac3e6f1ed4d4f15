/** `${name}` that stands for nothing: neither a parameter nor, where axes have values, an axis. */
import { didYouMean } from '../engine/index.js'
import type { Documents, Issue, Path } from '../scenarios/index.js'
import { referencesIn } from './parameters.js'
import type { ExperimentFile } from './schema.js'

export function unboundReferences(
  sections: ExperimentFile,
  source: InstanceType<Documents['ScenarioSource']>,
): readonly Issue[] {
  const issues: Issue[] = []
  const axes = Object.keys(sections.axes)
  const known = [...Object.keys(sections.parameters), ...axes]
  const visit = (value: unknown, path: Path): void => {
    if (value !== null && typeof value === 'object') {
      for (const [key, child] of Object.entries(value)) {
        visit(child, [...path, Array.isArray(value) ? Number(key) : key])
      }
      return
    }
    const seesAxes = path[0] === 'set' || (path[0] === 'axes' && path[2] === 'variants')
    for (const name of referencesIn(value)) {
      if (seesAxes && axes.includes(name)) continue
      const meant = didYouMean(name, known)
      const hint = meant === undefined ? '' : `; did you mean "${meant}"?`
      const message = axes.includes(name)
        ? `the value of the axis "${name}" is known only in set and in variants of axes`
        : `there is no parameter or axis "${name}"${hint}`
      issues.push(source.issue(path, message))
    }
  }
  for (const [key, value] of Object.entries(source.value)) {
    if (key !== 'parameters' && key !== 'about') visit(value, [key])
  }
  return issues
}
