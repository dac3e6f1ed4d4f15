/**
 * Pods of an autoscaler's target that all count now and go on to, whatever their usage will be, until one of them
 * changes: none is young, unready, unmeasured or leaving. A look at them asks about one pod of each kind.
 *
 * Upstream: nothing; it looks at all pods each time.
 * Simplified: nothing known.
 */
import { NEVER, type SimTime } from '../../kernel/time.js'
import type { CompiledSelector } from '../../model/labels.js'
import type { PodRowMetrics } from '../../model/metrics-api.js'
import type { Labels } from '../../model/pod-spec.js'
import type { ClusterState } from '../../state/cluster-state.js'
import type { NamespaceId, PodId, TemplateId } from '../../state/ids.js'
import { type PodClass, PodGroup, type PodTally } from './pod-tally.js'
import type { PodVersion } from './pod-versions.js'
import { requestOf } from './scaled-pod.js'

/** Pods of one template with one source of usage. */
interface EqualPods {
  /** One of them. */
  readonly pod: PodId
  readonly template: TemplateId
  readonly source: object
  count: number
}

export interface SteadyPods {
  readonly namespace: NamespaceId
  readonly selector: CompiledSelector
  /** They are steady as long as they are at this version. */
  readonly version: PodVersion
  readonly count: number
  readonly labels: readonly Labels[]
  readonly parts: readonly EqualPods[]
}

/** Sorts pods by what they are made of and what they do. */
export class EqualPodsList {
  readonly parts: EqualPods[] = []

  add(pod: PodId, template: TemplateId, source: object): void {
    for (const one of this.parts) {
      if (one.source !== source || one.template !== template) continue
      one.count++
      return
    }
    this.parts.push({ pod, template, source, count: 1 })
  }
}

/** Undefined when one of them was not measured or tells no request. */
export function tallySteadyPods(
  { parts }: SteadyPods,
  { templates }: ClusterState,
  metrics: PodRowMetrics,
  resource: string,
  container: string,
  now: SimTime,
): PodTally | undefined {
  const classes: PodClass[] = []
  for (const { pod, template, count } of parts) {
    const milli = metrics.usage(pod, resource, container, now)
    const request = requestOf(templates.get(template).spec, resource, container)
    if (milli === undefined || typeof request !== 'number') return undefined
    classes.push({ group: PodGroup.Ready, milli, request, count })
  }
  return { classes }
}

/** Until when their usage stays as it is. */
export function steadyPodsRestUntil({ parts }: SteadyPods, metrics: PodRowMetrics, now: SimTime): SimTime {
  let until = NEVER
  for (const { pod } of parts) until = Math.min(until, metrics.steadyUntil(pod, now))
  return until
}
