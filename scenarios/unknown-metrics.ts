import { didYouMean, metricDefinitions, recordedResources, type SimulationModel } from '../engine/index.js'
import type { NamedMetric } from './build.js'
import type { Issue } from './issue.js'

/** Metrics that the resources of the cluster bring along, which are known once the scenario is whole. */
const OF_RESOURCES = /^allocation_/

/** A mistake for every expectation of a figure that no run will have. */
export function unknownMetrics(
  named: readonly NamedMetric[],
  models: readonly (SimulationModel | undefined)[],
): readonly Issue[] {
  const whole = models.filter(model => model !== undefined)
  const known = new Set(metricDefinitions(recordedResources(...whole)).map(({ name }) => name))
  const isWhole = whole.length === models.length
  return named
    .filter(({ metric }) => !known.has(metric) && (isWhole || !OF_RESOURCES.test(metric)))
    .map(({ metric, issue }) => {
      const near = didYouMean(metric, [...known])
      const hint = near === undefined ? 'see: kubelapse list metrics' : `did you mean "${near}"?`
      return { ...issue, message: `there is no metric "${metric}"; ${hint}` }
    })
}
