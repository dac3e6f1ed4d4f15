/**
 * The reference of all columns, made from the schemas: `columns.md` beside the files it describes, and
 * `reports/csv/README.md` for the project.
 */
import {
  ATTEMPTS_RECORD,
  AUTOSCALER_RECORD,
  AUTOSCALERS_RECORD,
  COST_RECORD,
  type ColumnDefinition,
  CRON_JOBS_RECORD,
  DISRUPTION_RECORDS,
  EVENTS_RECORD,
  FAILURES_RECORD,
  GPU_ARRIVALS_RECORD,
  JOBS_RECORD,
  metricDefinitions,
  nodesRecord,
  OPERATIONS_RECORD,
  podsRecord,
  ROLLOUTS_RECORD,
  SCORES_RECORD,
  SERVICES_RECORD,
  timeSeriesRecord,
  WORKLOADS_RECORD,
} from '../../engine/index.js'
import { RUN_COLUMN } from './csv-file.js'
import { runColumns } from './runs-csv.js'

const RULES = `All files are UTF-8 with one header line, comma-separated, quoted as RFC 4180 says. Columns keep their
order. Units stand last in a name: \`_s\` virtual seconds since the start of the run, exact to the microsecond;
\`_milli\` thousandths of a cpu; \`_bytes\`; \`_count\` whole units; \`_share\` a part of 1. An empty cell means unknown
or never. Texts that a spreadsheet would take for a formula are preceded by an apostrophe.`

interface FileDescription {
  readonly file: string
  readonly about: string
  readonly columns: readonly ColumnDefinition[]
}

/** Every CSV there is, for runs that record these resources. */
export function describeFiles(resources: readonly string[]): readonly FileDescription[] {
  const runs: FileDescription = {
    file: 'runs.csv',
    about: 'One row a run: the summary.',
    columns: runColumns(metricDefinitions(resources)),
  }
  const records = [
    podsRecord(resources),
    nodesRecord(resources),
    timeSeriesRecord(resources),
    EVENTS_RECORD,
    FAILURES_RECORD,
    WORKLOADS_RECORD,
    ROLLOUTS_RECORD,
    JOBS_RECORD,
    CRON_JOBS_RECORD,
    OPERATIONS_RECORD,
    ...DISRUPTION_RECORDS,
    AUTOSCALER_RECORD,
    COST_RECORD,
    ATTEMPTS_RECORD,
    SCORES_RECORD,
    SERVICES_RECORD,
    AUTOSCALERS_RECORD,
    GPU_ARRIVALS_RECORD,
  ]
  return [
    runs,
    ...records.map(({ name, about, columns }) => ({
      file: `${name}.csv`,
      about,
      columns: [RUN_COLUMN, ...columns],
    })),
  ]
}

/** The reference as Markdown, for the files named; all of them by default. */
export function columnReference(resources: readonly string[], files?: readonly string[]): string {
  const described = describeFiles(resources).filter(({ file }) => files?.includes(file) ?? true)
  return [
    '# Columns of the result files',
    '',
    RULES,
    '',
    ...described.flatMap(({ file, about, columns }) => [
      `## ${file}`,
      '',
      about,
      '',
      '| column | meaning |',
      '|---|---|',
      ...columns.map(column => `| \`${column.name}\` | ${column.about.replaceAll('|', '\\|')} |`),
      '',
    ]),
  ].join('\n')
}

/** The page of the project: cpu and memory stand for whatever a scenario's nodes and pods mention. */
export function projectReference(): string {
  const reference = columnReference(['cpu', 'memory'])
  const note =
    'Every further resource of the scenario (`ephemeral-storage`, `nvidia.com/gpu`, ...) adds the same columns\n' +
    'as cpu and memory have, its name written with underscores: `requested_nvidia_com_gpu_count`. The page is\n' +
    'made from the schemas by `npm run docs`; a test keeps it equal to them.\n'
  return reference.replace('## runs.csv', `${note}\n## runs.csv`)
}
