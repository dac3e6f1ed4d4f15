/**
 * The typical pods of a workload: the classes of equal demands that make up nearly all of its pods. Fragmentation is
 * measured by what they could still use.
 *
 * Upstream: section 4.1 of the FGD paper (USENIX ATC '23) and the artifact's rule of 95 %.
 * Simplified: memory is not looked at, as in the paper.
 */
import type { GpuDemand, GpuNames } from './gpu-demand.js'
import { gpuDemandOf } from './gpu-demand.js'
import type { PodTemplate } from './pod-template.js'

/** How much of the workload the typical pods must cover. */
const COVERAGE = 0.95

/** Pods of one template that are expected in a run. */
export interface ExpectedPods {
  readonly template: PodTemplate
  readonly count: number
}

/** A class of equal demands and how many pods of the workload are of it. */
export interface TypicalPod extends GpuDemand {
  readonly count: number
}

/** Classes by size, the largest first, until they cover 95 % of all pods. */
export function typicalPods(workload: readonly ExpectedPods[], names: GpuNames): readonly TypicalPod[] {
  const classes = new Map<string, TypicalPod>()
  let total = 0
  for (const { template, count } of workload) {
    const demand = gpuDemandOf(template, names)
    const { milliCPU, devices, milliEach, models } = demand
    const key = `${milliCPU} ${devices} ${milliEach} ${models.join('|')}`
    classes.set(key, { ...demand, count: count + (classes.get(key)?.count ?? 0) })
    total += count
  }
  const sorted = [...classes.values()].sort(bySize)
  const typical: TypicalPod[] = []
  let covered = 0
  for (const pods of sorted) {
    if (covered >= COVERAGE * total) break
    typical.push(pods)
    covered += pods.count
  }
  return typical
}

/** The larger class first; of equal ones that with the larger demand. */
function bySize(a: TypicalPod, b: TypicalPod): number {
  return (
    b.count - a.count ||
    b.milliCPU - a.milliCPU ||
    b.milliEach - a.milliEach ||
    b.devices - a.devices ||
    (a.models.join('|') < b.models.join('|') ? 1 : -1)
  )
}
