import { z } from 'zod'
import {
  DEFAULT_GPU_NAMES,
  type LabelledTemplate,
  MILLI_PER_DEVICE,
  NEVER,
  type NodePool,
  SECOND,
  type SimTime,
  type TraceInflation,
} from '../../engine/index.js'
import { amount, durationOr, integer, plainText, section } from '../schema/fields.js'
import type { CsvRow } from './csv-row.js'
import { readCsv } from './csv-rows.js'
import { TraceNodes, TracePods, tracePodTemplate, tracePool } from './trace-columns.js'
import { defineTraceReader } from './trace-reader.js'

const NODE_COLUMNS = ['sn', 'cpu_milli', 'memory_mib', 'gpu', 'model'] as const
const POD_COLUMNS = [
  'name',
  'cpu_milli',
  'memory_mib',
  'num_gpu',
  'gpu_milli',
  'gpu_spec',
  'qos',
  'creation_time',
  'deletion_time',
] as const
/** A list of arrivals to come needs neither times nor what they do not depend on. */
const UNTIMED_COLUMNS = ['gpu_spec', 'qos', 'creation_time', 'deletion_time'] as const
const MIB = 1024 * 1024
const COUNT = DEFAULT_GPU_NAMES.countAnnotation

interface Names {
  readonly gpuResource: string
  readonly modelLabel: string
}

interface PodNames extends Names {
  readonly qosLabel: string
}

/**
 * Alibaba's openb trace of a GPU cluster (cluster-trace-gpu-v2023): 1,523 nodes, 8,152 pods that share GPUs or take
 * whole ones. GPUs are one extended resource in thousandths, so a share of one and several whole ones are amounts of
 * the same thing. Which device a share comes from is a matter for the GPU policies; others count sums.
 */
export const openb = defineTraceReader({
  reader: 'openb',
  about: "Alibaba's openb trace (cluster-trace-gpu-v2023): node and pod lists as published",
  podsPrefix: 'openb_pod_list_',
  fields: {
    maxPods: integer(1).default(110).describe('Pods a node may run; the trace does not say.'),
    gpuResource: plainText()
      .default(DEFAULT_GPU_NAMES.resource)
      .describe('Extended resource that GPUs become, 1000 a GPU; a pod requests num_gpu * gpu_milli of it.'),
    modelLabel: plainText()
      .default(DEFAULT_GPU_NAMES.modelLabel)
      .describe('Node label with the GPU model; gpu_spec becomes a required node affinity on it.'),
    qosLabel: plainText().default('qos').describe('Pod label with the quality of service class.'),
    departures: z
      .enum(['recorded', 'never'])
      .default('recorded')
      .describe(
        'Whether pods are deleted at their deletion_time, whatever they are doing, or stay for good.',
      ),
    inflation: section({
      ratio: amount().describe('GPU that all arrivals together ask for, as a part of what the cluster has.'),
      every: durationOr(SECOND, { positive: true }).describe('From one arrival to the next.'),
    })
      .optional()
      .describe(
        'Takes the pods for a population: shuffled by the seed, repeated or thinned out up to the ratio, arriving ' +
          'one after another and staying for good. Times and qos of the file are overlooked and may be missing.',
      ),
  },
  async read(options) {
    const nodes = new TraceNodes()
    const pods = new TracePods(options)
    const issues = []
    if (options.nodes !== undefined) {
      const found = await readCsv(options.nodes, NODE_COLUMNS, row => {
        const cpu = row.count(1)
        const memory = row.count(2)
        const gpus = row.count(3)
        if (Number.isNaN(cpu + memory + gpus)) return
        const model = row.text(4)
        nodes.add(row, 0, `${cpu},${memory},${gpus},${model}`, () =>
          nodePool(options.name, { cpu, memory, gpus, model, maxPods: options.maxPods }, options),
        )
      })
      if ('unreadable' in found) return { option: 'nodes', message: found.unreadable }
      issues.push(...found)
    }
    if (options.pods !== undefined) {
      const isUntimed = options.inflation !== undefined
      const readPod = (row: CsvRow): void => {
        const template = templateOf(row, pods, isUntimed ? '' : row.text(6), options)
        const createdAt = isUntimed ? 0 : row.seconds(7)
        const isLeaving = !isUntimed && options.departures === 'recorded' && row.text(8) !== ''
        const deletedAt = isLeaving ? row.seconds(8) : NEVER
        if (Number.isNaN(template + createdAt + deletedAt)) return
        if (deletedAt < createdAt) row.fault(8, `deleted before its creation at ${row.text(7)} s`)
        else pods.add(row, 0, createdAt, template, NEVER, deletedAt)
      }
      const optional = isUntimed ? UNTIMED_COLUMNS : []
      const found = await readCsv(options.pods, POD_COLUMNS, readPod, optional)
      if ('unreadable' in found) return { option: 'pods', message: found.unreadable }
      issues.push(...found)
    }
    return {
      pools: nodes.pools,
      nodes: nodes.runs,
      templates: pods.templates,
      pods: { ...pods.finish(false), ...inflationOf(options) },
      issues,
    }
  },
})

/** How the pods are made into arrivals, if they are. */
function inflationOf({
  inflation,
}: {
  readonly inflation?: { readonly ratio: number; readonly every: SimTime } | undefined
}): { readonly inflation?: TraceInflation } {
  return inflation === undefined ? {} : { inflation: { ratio: inflation.ratio, interval: inflation.every } }
}

interface NodeShape {
  readonly cpu: number
  readonly memory: number
  readonly gpus: number
  readonly model: string
  readonly maxPods: number
}

function nodePool(trace: string, shape: NodeShape, { gpuResource, modelLabel }: Names): NodePool {
  const { cpu, memory, gpus, model, maxPods } = shape
  const kind = gpus === 0 ? 'cpu' : `${gpus}x${model.toLowerCase()}`
  return tracePool(
    `${trace}-${kind}-${cpu / 1000}cpu-${memory / 1024}gi`,
    model === '' ? {} : { [modelLabel]: model },
    {
      cpu,
      memory: memory * MIB,
      pods: maxPods,
      ...(gpus === 0 ? {} : { [gpuResource]: gpus * MILLI_PER_DEVICE }),
    },
  )
}

/** The template of a row; NaN when a field is wrong. */
function templateOf(row: CsvRow, pods: TracePods, qos: string, names: PodNames): number {
  const cpu = row.count(1)
  const memory = row.count(2)
  const gpus = row.count(3)
  const share = row.count(4)
  if (Number.isNaN(cpu + memory + gpus + share)) return Number.NaN
  if (share > MILLI_PER_DEVICE) {
    row.fault(4, `a GPU has ${MILLI_PER_DEVICE} thousandths, got ${share}`)
    return Number.NaN
  }
  const models = row.text(5)
  const key = `${cpu},${memory},${gpus},${share},${models},${qos}`
  return pods.template(key, () => podTemplate({ cpu, memory, gpus, share, models, qos }, names))
}

interface PodFields {
  readonly cpu: number
  readonly memory: number
  readonly gpus: number
  readonly share: number
  readonly models: string
  readonly qos: string
}

function podTemplate(fields: PodFields, { gpuResource, modelLabel, qosLabel }: PodNames): LabelledTemplate {
  const { cpu, memory, gpus, share, models, qos } = fields
  const milliGpu = gpus * share
  const requests = {
    cpu: `${cpu}m`,
    memory: `${memory}Mi`,
    ...(milliGpu === 0 ? {} : { [gpuResource]: String(milliGpu) }),
  }
  const term = { matchExpressions: [{ key: modelLabel, operator: 'In', values: models.split('|') }] }
  const affinity = {
    nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [term] } },
  }
  // How many devices a request is for goes without saying, unless it is for parts of several.
  const annotations = gpus > 1 && share < MILLI_PER_DEVICE ? { [COUNT]: String(gpus) } : {}
  const made = tracePodTemplate(
    requests,
    qos === '' ? {} : { [qosLabel]: qos },
    models === '' ? {} : { affinity },
  )
  return { ...made, template: { ...made.template, annotations } }
}
