/** Which figures runs have that stand side by side; not every run of a comparison has prices or an autoscaler. */
import type { MetricDefinition, RunResult } from '../engine/index.js'

/** The metrics that any of the runs has, in the order that each of them keeps. */
export function metricsOfAll(results: readonly RunResult[]): readonly MetricDefinition[] {
  const all: MetricDefinition[] = []
  for (const { summary } of results) {
    let place = 0
    for (const metric of summary.metrics) {
      const known = all.findIndex(({ name }) => name === metric.name)
      if (known < 0) all.splice(place, 0, metric)
      place = (known < 0 ? place : known) + 1
    }
  }
  return all
}
