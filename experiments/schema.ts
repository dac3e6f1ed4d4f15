/**
 * The schema of an experiment file: every field with its meaning and default. Types, messages and the JSON Schema for
 * editors all come from here; the blocks are those of scenarios, so that both kinds of file speak alike.
 */
import { z } from 'zod'
import { parseDuration, RECORD_NAMES, SECOND } from '../engine/index.js'
import type { Documents } from '../scenarios/index.js'
import type { Precision } from './experiment.js'

const NAME = /^[A-Za-z][\w.-]*$/

/** Builds the schema out of the blocks of scenarios. */
export function experimentSchema(blocks: Documents) {
  const { addFaults, describeValue, filePath, integer, list, objectName, plainText, section } = blocks

  const name = plainText().check(({ value, issues }) => {
    if (NAME.test(value)) return
    const message = `a name starts with a letter and has no spaces, unlike ${describeValue(value)}`
    addFaults({ issues }, value, [{ path: [], message }])
  })

  const seed = z
    .union([z.string(), z.int()], { error: 'expected text or a whole number; put a long one in quotes' })
    .transform(String)

  const scalar = scalarSchema(blocks)
  return section({
    name: objectName().optional().describe('Name of the experiment; the name of the file unless given.'),
    about: plainText().default('').describe('The question it answers.'),
    base: filePath().optional().describe('The base scenario, relative to this file.'),
    scenario: z.record(z.string(), z.unknown()).optional().describe('Instead: the base scenario in place.'),
    use: list(filePath()).default([]).describe('Modules with plugins of your own, relative to this file.'),
    parameters: z
      .record(name, z.unknown())
      .default({})
      .describe(
        'Values that `${name}` stands for in this file, set by `--set name=value`; `{ path: DIR }` is a path.',
      ),
    set: z
      .record(z.string(), z.unknown())
      .default({})
      .describe('Changes to the base scenario for every run.'),
    axes: z
      .record(name, axisSchema(blocks))
      .default({})
      .describe('What is varied: every combination is a variant.'),
    zip: list(list(plainText()))
      .default([])
      .describe('Axes that go together, first value with first value, instead of in every combination.'),
    where: list(plainText())
      .default([])
      .describe('Conditions that a combination must meet, such as `nodes >= 20 or policy != spread`.'),
    repetitions: z
      .union([integer(1, 1_000_000), automaticSchema(blocks)], {
        error: 'expected a number of repetitions, or how to find it',
      })
      .optional()
      .describe(
        'Runs of each variant, or the precision that decides how many; 10, or one for each of `seeds`.',
      ),
    seed: seed
      .optional()
      .describe("Where the seeds of the repetitions come from; the scenario's own unless given."),
    seeds: list(seed).optional().describe('The seeds of the repetitions one by one.'),
    randomNumbers: z
      .enum(['common', 'independent'])
      .default('common')
      .describe('common: repetition r has one seed under every variant, so that runs compare in pairs.'),
    metrics: list(plainText())
      .default([])
      .describe('Metrics that the verdict is about; none: all of which one direction is the better.'),
    confidence: confidenceSchema(blocks).prefault(0.95).describe('Of every interval and verdict.'),
    compare: section({
      axis: plainText().describe('The axis whose values are compared.'),
      baseline: scalar
        .optional()
        .describe('The value that the others are compared with; the first unless given.'),
    })
      .optional()
      .describe('What is compared with what; the first axis unless given.'),
    series: list(seriesSchema(blocks)).default([]).describe('Columns of records that each run keeps.'),
    distributions: list(distributionSchema(blocks))
      .default([])
      .describe('Columns of records whose quantiles each run keeps.'),
    tables: list(tableSchema(blocks))
      .default([])
      .describe('Files of means over repetitions, one row a variant, column and value of `x`.'),
    window: windowSchema(blocks)
      .optional()
      .describe('The part of a run that steady-state figures are about.'),
  })
}

/** One value of an axis. */
function scalarSchema({ describeValue }: Documents) {
  return z.union([z.string(), z.number(), z.boolean()], {
    error: ({ input }) => `expected a text or a number, got ${describeValue(input)}; use variants for more`,
  })
}

/** A number, with a message in the words of files. */
function numberSchema({ describeValue }: Documents) {
  return z.number({ error: ({ input }) => `expected a number, got ${describeValue(input)}` })
}

/** Evenly spaced numbers. */
function rangeSchema(blocks: Documents) {
  const { addFaults, integer, plainText, section } = blocks
  const number = numberSchema(blocks)
  return section({
    from: number.describe('First value.'),
    to: number.describe('Last value; with a step the last one that does not pass it.'),
    step: number.optional().describe('Distance of two values.'),
    count: integer(2, 10_000).optional().describe('How many values, instead of a step.'),
    scale: z
      .enum(['linear', 'log'])
      .default('linear')
      .describe('With a count: equal distances or equal ratios.'),
    round: z.boolean().default(false).describe('Whole numbers only.'),
    unit: plainText().default('').describe('Put behind each number, as in `5m`.'),
  }).check(({ value, issues }) => {
    const fault = rangeFault(value)
    if (fault !== undefined) addFaults({ issues }, value, [{ path: [fault[0]], message: fault[1] }])
  })
}

/** What is varied. */
function axisSchema(blocks: Documents) {
  const { list, section } = blocks
  return section({
    path: z
      .union([z.string(), z.array(z.string())], {
        error: 'expected a path of the scenario, or a list of paths',
      })
      .optional()
      .describe('Where in the scenario each value goes, such as `nodes.0.count`; a list: to all of them.'),
    values: list(scalarSchema(blocks)).optional().describe('The values one by one.'),
    range: rangeSchema(blocks).optional().describe('Evenly spaced numbers.'),
    variants: z
      .union([z.literal('base'), z.record(z.string(), z.record(z.string(), z.unknown()))], {
        error: 'expected named changes to the scenario, or `base` for the variants that it has of its own',
      })
      .optional()
      .describe('Named changes to the scenario; `base`: the variants that the scenario has of its own.'),
  })
}

/** Half-widths by metric. */
function precisionSchema({ addFaults, describeValue }: Documents) {
  return z
    .record(z.string(), z.union([z.number(), z.string()]))
    .transform((given, context): readonly Precision[] => {
      const faults = Object.entries(given).flatMap(([metric, written]) =>
        precisionOf(metric, written) === undefined
          ? [
              {
                path: [metric],
                message: `${describeValue(written)} is no precision; write 5% or an amount above 0`,
              },
            ]
          : [],
      )
      addFaults(context, given, faults)
      return Object.entries(given).flatMap(([metric, written]) => precisionOf(metric, written) ?? [])
    })
}

/** How many repetitions are made when the results decide. */
function automaticSchema(blocks: Documents) {
  const { addFaults, integer, plainText, section } = blocks
  const number = numberSchema(blocks)
  const best = section({
    metric: plainText().describe('Metric of which the best variant is looked for.'),
    indifference: number.describe('Differences below this, in the unit of the metric, do not matter.'),
  })

  return section({
    first: integer(2, 10_000).default(3).describe('Repetitions made in any case.'),
    most: integer(2, 1_000_000).default(100).describe('The budget.'),
    lookAhead: integer(0, 1000).default(5).describe('Repetitions for which the precision has to last.'),
    precision: precisionSchema(blocks)
      .optional()
      .describe('Half-width of the interval by metric: `5%` of the mean, or an amount.'),
    best: best.optional().describe('Instead: until one variant is the best with the confidence asked for.'),
  }).check(({ value, issues }) => {
    const both = value.precision !== undefined && value.best !== undefined
    if (!both && (value.precision ?? value.best) !== undefined) return
    addFaults({ issues }, value, [{ path: [], message: 'give either precision or best' }])
  })
}

/** A share such as 95%. */
function confidenceSchema({ addFaults, describeValue }: Documents) {
  return z
    .union([z.number(), z.string()])
    .transform((written, context) => {
      const value = typeof written === 'number' ? written : percentOf(written)
      if (value !== undefined && value >= 0.5 && value < 1) return value
      const message = `${describeValue(written)} is no confidence; write for example 95%`
      addFaults(context, written, [{ path: [], message }])
      return 0.95
    })
    .meta({ default: '95%' })
}

/** Columns kept as they are. */
function seriesSchema({ integer, list, plainText, section }: Documents) {
  return section({
    record: z.enum(RECORD_NAMES).describe('The record, such as `time-series`.'),
    x: plainText().default('time_s').describe('Column that the others are plotted against.'),
    columns: list(plainText()).default([]).describe('Columns to keep; none: every one that holds numbers.'),
    points: integer(2, 1_000_000).default(200).describe('Most points kept of one run.'),
    at: list(z.number())
      .default([])
      .describe('Values of `x` at which the columns named become metrics, such as `unalloc_at_100_share`.'),
    better: z
      .enum(['lower', 'higher'])
      .optional()
      .describe('Which direction of these metrics is the better.'),
  })
}

/** A column of which quantiles are kept. */
function distributionSchema({ integer, plainText, section }: Documents) {
  return section({
    record: z.enum(RECORD_NAMES).describe('The record, such as `pods`.'),
    column: plainText().describe('A column of numbers, such as `wait_s`.'),
    quantiles: integer(2, 10_001).default(101).describe('How many quantiles of it each run keeps.'),
  })
}

/** Files that the results leave beside those of every experiment. */
const TAKEN: readonly string[] = ['runs.csv', 'summary.csv', 'compare.csv']

/** A file of means, and published ones to compare it with. */
function tableSchema(blocks: Documents) {
  const { addFaults, describeValue, filePath, list, plainText, section } = blocks
  const amount = numberSchema(blocks)
  const fileName = plainText().check(({ value, issues }) => {
    if (/^[A-Za-z0-9][\w.-]*\.csv$/.test(value) && !TAKEN.includes(value)) return
    const message = `${describeValue(value)} is no name for it; expected one such as table.csv`
    addFaults({ issues }, value, [{ path: [], message }])
  })
  return section({
    file: fileName.describe('Name of the file, such as `table.csv`.'),
    record: z.enum(RECORD_NAMES).describe('The record, which `series` must keep columns of.'),
    published: section({
      file: filePath().describe(
        'CSV with a column for each axis, `metric`, the `x` of the series, `mean`, `sd`.',
      ),
      at: list(z.number()).describe('Values of `x` that are compared.'),
      deviations: amount.default(1.5).describe('How many published deviations a mean may be off.'),
      least: amount.default(0).describe('How far it may be off in any case.'),
      leastOf: z.record(z.string(), z.number()).default({}).describe('The same by column.'),
    })
      .optional()
      .describe('Published results to compare with.'),
  })
}

/** The part of a run that steady-state figures are about. */
function windowSchema({ duration, plainText, section }: Documents) {
  const warmUp = z.union(
    [
      z.literal('auto'),
      duration(),
      section({
        prefill: plainText().describe('Names of the pods that fill the cluster first, `*` for any text.'),
      }),
    ],
    { error: 'expected a duration, auto, or { prefill: name-* }' },
  )
  return section({
    warmUp: warmUp
      .prefault('0s')
      .describe('Left out at the start: a duration, `auto` (MSER-5) or `{ prefill: name-* }`.'),
    coolDown: duration().prefault('0s').describe('Pods created in this last stretch do not count.'),
    stability: plainText()
      .default('pods_unscheduled')
      .describe('Column of the time series that MSER-5 looks at, and that must not grow for ever.'),
  })
}

export type ExperimentFile = z.output<ReturnType<typeof experimentSchema>>
export type AxisEntry = ExperimentFile['axes'][string]
export type RangeEntry = NonNullable<AxisEntry['range']>

function rangeFault(range: {
  readonly from: number
  readonly to: number
  readonly step?: number | undefined
  readonly count?: number | undefined
  readonly scale: string
}): readonly [string, string] | undefined {
  const { from, to, step, count, scale } = range
  if ((step === undefined) === (count === undefined)) return ['from', 'give either a step or a count']
  if (step !== undefined && (step === 0 || step > 0 !== to >= from))
    return ['step', `never leads from ${from} to ${to}`]
  if (scale === 'log' && (from <= 0 || to <= 0)) return ['scale', 'equal ratios need numbers above 0']
  return undefined
}

function percentOf(text: string): number | undefined {
  const match = /^\s*(\d+(?:\.\d+)?)\s*%\s*$/.exec(text)
  return match === null ? undefined : Number(match[1]) / 100
}

/** `5%` is relative; a number is in the metric's unit, and a duration in seconds. */
export function precisionOf(metric: string, written: string | number): Precision | undefined {
  if (typeof written === 'number')
    return written > 0 ? { metric, halfWidth: written, relative: false } : undefined
  const share = percentOf(written)
  if (share !== undefined) return share > 0 ? { metric, halfWidth: share, relative: true } : undefined
  const time = parseDuration(written)
  return time === undefined || time <= 0 ? undefined : { metric, halfWidth: time / SECOND, relative: false }
}
