import { NEVER, SECOND, type SimTime } from '../../engine/kernel/time.js'
import {
  DEFAULT_CONTROL_PLANE,
  DEFAULT_KUBELET,
  DEFAULT_POD_INITIAL_BACKOFF,
  DEFAULT_POD_MAX_BACKOFF,
  DEFAULT_SCHEDULER_COSTS,
} from '../../engine/model/defaults.js'
import type { PodSpec } from '../../engine/model/pod-spec.js'
import type {
  LabelledTemplate,
  NodePool,
  Operation,
  PodTrace,
  SchedulerSettings,
  SimulationModel,
} from '../../engine/model/simulation-model.js'

/** A scheduler as upstream has it by default. */
export function scheduler(settings: Partial<SchedulerSettings> = {}): SchedulerSettings {
  return {
    profiles: [
      { schedulerName: 'default-scheduler', base: 'default', enabled: [], disabled: [], pluginConfig: {} },
    ],
    percentageOfNodesToScore: 0,
    tieBreak: 'random',
    podInitialBackoff: DEFAULT_POD_INITIAL_BACKOFF,
    podMaxBackoff: DEFAULT_POD_MAX_BACKOFF,
    costs: DEFAULT_SCHEDULER_COSTS,
    ...settings,
  }
}

/** A pool of nodes of 4 cpu, 16 GiB and 110 pods unless said otherwise. */
export function pool(name: string, options: Partial<NodePool> & { milliCPU?: number } = {}): NodePool {
  const { milliCPU = 4000, ...rest } = options
  const amounts = { cpu: milliCPU, memory: 16 * 2 ** 30, pods: 110 }
  return {
    name,
    labels: {},
    taints: [],
    unschedulable: false,
    capacity: amounts,
    allocatable: amounts,
    zones: [],
    images: {},
    ...rest,
  }
}

/** A template of one container. */
export function template(cpu: string, memory: string, spec: Partial<PodSpec> = {}): LabelledTemplate {
  const containers = [{ name: 'main', image: 'app:1', resources: { requests: { cpu, memory } } }]
  return {
    template: { spec: { restartPolicy: 'Never', ...spec, containers }, annotations: {} },
    labels: { app: 'test' },
  }
}

/** Pods of one template, `every` so often, each running for `runFor`. */
export function arrivals(
  count: number,
  every: SimTime,
  runFor: SimTime,
  options: { template?: (i: number) => number; removeFinished?: boolean; deletedAfter?: SimTime } = {},
): PodTrace {
  const indexes = Array.from({ length: count }, (_, i) => i)
  const { template: templateOf = () => 0, removeFinished = true, deletedAfter = NEVER } = options
  return {
    name: 'arrivals',
    namespace: 'default',
    names: indexes.map(i => `pod-${i}`),
    createdAt: Float64Array.from(indexes, i => i * every),
    template: Uint32Array.from(indexes, templateOf),
    runFor: new Float64Array(count).fill(runFor),
    deletedAt: Float64Array.from(indexes, i => (deletedAfter === NEVER ? NEVER : i * every + deletedAfter)),
    removeFinished,
  }
}

/** A whole model: everything has a default. */
export function model(options: Partial<SimulationModel> & { nodes?: number } = {}): SimulationModel {
  const { nodes = 4, ...rest } = options
  const nodePools = rest.nodePools ?? [pool('pool')]
  const create: Operation[] = nodePools.map((_, index) => ({
    op: 'create-nodes',
    at: 0,
    pool: index,
    names: Array.from({ length: nodes }, (__, i) => `node-${index}-${i}`),
  }))
  return {
    name: 'test',
    about: '',
    seed: '1',
    until: NEVER,
    maxEvents: Number.POSITIVE_INFINITY,
    epochSeconds: 1767225600,
    timeZones: {},
    controlPlane: DEFAULT_CONTROL_PLANE,
    kubelet: DEFAULT_KUBELET,
    scheduler: scheduler(),
    podTemplates: [template('500m', '512Mi')],
    traces: [],
    failures: [],
    measure: { interval: 60 * SECOND, records: [] },
    ...rest,
    nodePools,
    operations: [...create, ...(rest.operations ?? [])],
  }
}
