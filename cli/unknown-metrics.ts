import { didYouMean, metricDefinitions, recordedResources } from '../engine/index.js'
import type { LoadedScenario } from '../scenarios/index.js'

/** A message for every expectation that names a figure which the runs will not have. */
export function unknownMetrics({ expectations, variants }: LoadedScenario): readonly string[] {
  const resources = recordedResources(...variants.map(({ model }) => model))
  const known = metricDefinitions(resources).map(({ name }) => name)
  const named = new Set(expectations.map(({ metric }) => metric))
  return [...named]
    .filter(metric => !known.includes(metric))
    .map(metric => {
      const near = didYouMean(metric, known)
      const hint = near === undefined ? 'see: kubelapse list metrics' : `did you mean ${near}?`
      return `there is no metric ${metric}; ${hint}`
    })
}
