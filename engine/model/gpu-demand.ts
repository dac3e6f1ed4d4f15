/**
 * Pods and nodes with GPUs that can be shared. A node has whole devices of 1,000 thousandths each, counted together in
 * one extended resource; a pod asks for so many devices and the same part of each.
 *
 * Upstream: the resource, annotation and label of alibaba/open-gpu-share, which the FGD paper's simulator follows
 * (USENIX ATC '23).
 * Simplified: the devices of a node are of one model.
 */
import type { NodeSelectorTerm } from './node-affinity.js'
import type { PodSpec } from './pod-spec.js'
import type { PodTemplate } from './pod-template.js'
import { effectiveRequests } from './resources.js'

/** Names by which GPUs are known in a cluster. */
export interface GpuNames {
  /** Extended resource: thousandths of devices, summed up over a node or a pod. */
  readonly resource: string
  /** Label of nodes: the model of their devices. */
  readonly modelLabel: string
  /** Annotation of pods: how many devices the request is spread over. */
  readonly countAnnotation: string
}

export const DEFAULT_GPU_NAMES: GpuNames = {
  resource: 'alibabacloud.com/gpu-milli',
  modelLabel: 'alibabacloud.com/gpu-card-model',
  countAnnotation: 'alibabacloud.com/gpu-count',
}

/** Thousandths of one device. */
export const MILLI_PER_DEVICE = 1000

/** What a pod asks of GPUs: `milliEach` of each of `devices` devices; none at all when `devices` is 0. */
export interface GpuDemand {
  readonly milliCPU: number
  readonly devices: number
  readonly milliEach: number
  /** Models the pod may run on, as they are listed; none: any. */
  readonly models: readonly string[]
}

/**
 * Reads the demand of a pod. Without the annotation a request of at most one device is a share of one, and a larger
 * one is for whole devices.
 */
export function gpuDemandOf({ spec, annotations }: PodTemplate, names: GpuNames): GpuDemand {
  const requests = effectiveRequests(spec)
  const milli = requests.get(names.resource) ?? 0
  const milliCPU = requests.get('cpu') ?? 0
  if (milli === 0) return { milliCPU, devices: 0, milliEach: 0, models: [] }
  const devices = deviceCount(annotations[names.countAnnotation], milli)
  return {
    milliCPU,
    devices,
    milliEach: Math.ceil(milli / devices),
    models: modelsOf(spec, names.modelLabel),
  }
}

function deviceCount(annotation: string | undefined, milli: number): number {
  const told = annotation === undefined || !/^[1-9]\d{0,2}$/.test(annotation) ? 0 : Number(annotation)
  const needed = Math.ceil(milli / MILLI_PER_DEVICE)
  return Math.max(told, needed)
}

/** The values that the node selector or a required term allow for the label. */
function modelsOf(spec: PodSpec, label: string): readonly string[] {
  const selected = spec.nodeSelector?.[label]
  if (selected !== undefined) return [selected]
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
  const allowed = (required?.nodeSelectorTerms ?? []).map(term => valuesIn(term, label))
  // Terms are alternatives: one that leaves the model open leaves it open for all.
  if (allowed.some(values => values === undefined)) return []
  return allowed.flatMap(values => values ?? [])
}

function valuesIn({ matchExpressions }: NodeSelectorTerm, label: string): readonly string[] | undefined {
  const about = (matchExpressions ?? []).find(({ key, operator }) => key === label && operator === 'In')
  return about?.values ?? undefined
}

/** Whether the device counts as shared: a part of a single one. */
export function isShare({ devices, milliEach }: GpuDemand): boolean {
  return devices === 1 && milliEach < MILLI_PER_DEVICE
}
