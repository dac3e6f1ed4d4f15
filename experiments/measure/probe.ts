/**
 * What the runs of a model will leave behind: its metrics and the columns of every record, learnt by starting a run
 * and stopping it at once. So a metric or record that somebody adds to the engine needs no mention here.
 */
import {
  type AnyPlugin,
  type MetricDefinition,
  RECORD_NAMES,
  type RecordDefinition,
  type SimulationModel,
  simulate,
} from '../../engine/index.js'

export interface Probe {
  readonly metrics: readonly MetricDefinition[]
  readonly records: readonly RecordDefinition[]
}

export function probe(
  model: SimulationModel,
  resources: readonly string[],
  plugins: readonly AnyPlugin[],
): Probe {
  const result = simulate({ ...model, maxEvents: 1 }, { records: RECORD_NAMES, resources, plugins })
  return {
    metrics: result.summary.metrics,
    records: result.records.map(({ definition }) => definition),
  }
}
