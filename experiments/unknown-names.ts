/** Metrics, records and columns that an experiment names and its runs will not have. */
import { didYouMean, type MetricDefinition, type RecordDefinition } from '../engine/index.js'
import type { Documents, Issue, Path } from '../scenarios/index.js'
import type { ExperimentFile } from './schema.js'

export function unknownNames(
  sections: ExperimentFile,
  source: InstanceType<Documents['ScenarioSource']>,
  metrics: readonly MetricDefinition[],
  records: readonly RecordDefinition[],
): readonly Issue[] {
  const issues: Issue[] = []
  const known = metrics.map(({ name }) => name)
  const metric = (name: string, path: Path, part?: 'key'): void => {
    if (!known.includes(name)) issues.push(source.issue(path, unknown('metric', name, known), part))
  }
  const column = (record: string, name: string, path: Path, needsNumbers: boolean): void => {
    const columns = records.find(definition => definition.name === record)?.columns ?? []
    const found = columns.find(candidate => candidate.name === name)
    const names = columns.map(candidate => candidate.name)
    if (found === undefined) issues.push(source.issue(path, unknown('column', name, names)))
    else if (needsNumbers && (found.type === 'text' || found.type === 'name')) {
      issues.push(source.issue(path, `the column ${name} holds texts`))
    }
  }
  sections.metrics.forEach((name, i) => metric(name, ['metrics', i]))
  const { repetitions } = sections
  if (typeof repetitions === 'object') {
    for (const { metric: name } of repetitions.precision ?? []) {
      metric(name, ['repetitions', 'precision', name], 'key')
    }
    if (repetitions.best !== undefined) metric(repetitions.best.metric, ['repetitions', 'best', 'metric'])
  }
  sections.series.forEach(({ record, x, columns }, i) => {
    column(record, x, ['series', i, 'x'], true)
    columns.forEach((name, j) => column(record, name, ['series', i, 'columns', j], true))
  })
  sections.distributions.forEach(({ record, column: name }, i) => {
    column(record, name, ['distributions', i, 'column'], true)
  })
  if (sections.window !== undefined) {
    column('time-series', sections.window.stability, ['window', 'stability'], true)
  }
  return issues
}

function unknown(what: string, name: string, known: readonly string[]): string {
  const meant = didYouMean(name, known)
  const list = known.length > 12 ? '' : `; there are ${known.join(', ')}`
  return `there is no ${what} "${name}"${meant === undefined ? list : `; did you mean "${meant}"?`}`
}
