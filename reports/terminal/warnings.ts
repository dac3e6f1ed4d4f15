/** What a reader must not miss about a run, in a line each: above all pods that got no node, by reason. */
import { type RunResult, SECOND } from '../../engine/index.js'
import { count, figure } from './figures.js'

type Blocked = NonNullable<RunResult['summary']['blockers']>[number]

const REASON_METRIC = 'pods_never_scheduled_'
/** More would fill the screen. */
const NAMED_BLOCKERS = 10

/** @param isOpen whether the scenario says nothing of when the run ends */
export function warningsOf({ name, summary, outcome, end }: RunResult, isOpen = false): readonly string[] {
  const { values, metrics } = summary
  const warnings: string[] = []
  if (values.pods_created === 0) warnings.push(`${name}: no pod was created, so the figures say nothing`)
  if (values.pods_never_scheduled > 0) {
    const reasons = metrics
      .filter(metric => metric.name.startsWith(REASON_METRIC) && values[metric.name] > 0)
      .sort((a, b) => values[b.name] - values[a.name])
      .map(metric => `${count(values[metric.name])} ${words(metric.name)}`)
    const subject =
      values.pods_scheduled === 0
        ? `not one of ${count(values.pods_created)} pods was scheduled`
        : `${count(values.pods_never_scheduled)} of ${count(values.pods_created)} pods never got a node`
    warnings.push(`${name}: ${subject} (${reasons.join(', ')})`)
  }
  if (values.operations_rejected > 0) {
    const refused = `${count(values.operations_rejected)} objects were refused to operations of the timeline`
    warnings.push(`${name}: ${refused}; the record operations says which and why`)
  }
  const { blockers = [] } = summary
  warnings.push(...blockers.slice(0, NAMED_BLOCKERS).map(found => `${name}: ${blocked(found)}`))
  if (blockers.length > NAMED_BLOCKERS) {
    const unnamed = count(blockers.length - NAMED_BLOCKERS)
    warnings.push(`${name}: ${unnamed} more hold drains up; the record drain-blockers names them all`)
  }
  if (outcome === 'maxEvents') warnings.push(`${name}: cut off at its limit of events`)
  if (outcome === 'until' && isOpen) {
    const time = figure(end / SECOND, 'seconds')
    warnings.push(`${name}: it would have gone on for ever and was cut off after ${time}; give it a duration`)
  }
  return warnings
}

/** What drains cannot get past: its name, why, and whether it came so. */
function blocked({ kind, namespace, budget, pods, nodes, reason, drained, held }: Blocked): string {
  const [first] = pods
  const others = pods.size > 1 ? ` and ${count(pods.size - 1)} more` : ''
  const subject = budget === '' ? `${first}${others}` : `${namespace}/${budget}`
  const where = nodes.size === 1 ? [...nodes][0] : `${count(nodes.size)} nodes`
  const came = drained === 0 ? 'none of them was drained' : `so it came on ${held} of ${drained}`
  return `the drain of ${where} cannot end, ${kind}: ${subject}: ${reason} (${came})`
}

function words(metric: string): string {
  return metric.slice(REASON_METRIC.length).replaceAll('_', ' ')
}
