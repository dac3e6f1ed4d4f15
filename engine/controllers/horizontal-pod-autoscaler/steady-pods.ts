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
import type { LabelSetId, NamespaceId, PodId, TemplateId } from '../../state/ids.js'
import { type PodClass, PodGroup, type PodTally } from './pod-tally.js'
import { requestOf } from './scaled-pod.js'

/** Pods of one template with one source of usage. */
interface EqualPods {
  /** One of them. */
  readonly pod: PodId
  readonly template: TemplateId
  readonly source: object
  count: number
  /** What each requests of the resource that was asked for last, of the container that was. */
  resource: string
  container: string
  request: number
}

export interface SteadyPods {
  readonly namespace: NamespaceId
  readonly selector: CompiledSelector
  /** Sets of labels that are selected, and the sum of versions at which the pods are steady. */
  readonly sets: readonly LabelSetId[]
  readonly sum: number
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
    this.parts.push({ pod, template, source, count: 1, resource: '', container: '', request: 0 })
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
  const classes = new Array<PodClass>(parts.length)
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i]
    const milli = metrics.usage(part.pod, resource, container, now)
    if (milli === undefined || !ask(part, templates, resource, container)) return undefined
    classes[i] = { group: PodGroup.Ready, milli, request: part.request, count: part.count }
  }
  return { classes }
}

/** Whether the pods tell their request; then it is kept. */
function ask(
  part: EqualPods,
  templates: ClusterState['templates'],
  resource: string,
  container: string,
): boolean {
  if (part.resource === resource && part.container === container) return true
  const request = requestOf(templates.get(part.template).spec, resource, container)
  if (typeof request !== 'number') return false
  part.resource = resource
  part.container = container
  part.request = request
  return true
}

/** Until when their usage stays as it is. */
export function steadyPodsRestUntil({ parts }: SteadyPods, metrics: PodRowMetrics, now: SimTime): SimTime {
  let until = NEVER
  for (const { pod } of parts) until = Math.min(until, metrics.steadyUntil(pod, now))
  return until
}
