/**
 * The schema of a scenario file: every field with its meaning and default. Types, messages, the JSON Schema for
 * editors and the reference in README.md all come from here.
 */
import { z } from 'zod'
import {
  DEFAULT_CONTROL_PLANE,
  DEFAULT_KUBELET,
  DEFAULT_POD_INITIAL_BACKOFF,
  DEFAULT_POD_MAX_BACKOFF,
  DEFAULT_SCHEDULER_COSTS,
  EXTENSION_POINTS,
  RECORD_NAMES,
  SECOND,
} from '../engine/index.js'
import { karpenterSchema } from './autoscaling/karpenter-schema.js'
import { clusterAutoscalerSchema, nodeGroupSchema, priceFields } from './autoscaling/schema.js'
import { failureSchema } from './failures/schema.js'
import { operationSchema } from './operations/index.js'
import { behaviourRule } from './schema/behaviour.js'
import { deschedulerSchema } from './schema/descheduler.js'
import { epochSecondsOf } from './schema/epoch.js'
import { conditionOf } from './schema/expectation.js'
import {
  addFaults,
  amount,
  amounts,
  clientLimit,
  duration,
  durationOr,
  filePath,
  integer,
  labels,
  list,
  namespace,
  objectName,
  plainText,
  section,
  taints,
} from './schema/fields.js'
import { type JsonSchema, jsonSchemaOf } from './schema/json-schema.js'
import { KUBELET, kubeletConfigSchema, staticPodsSchema } from './schema/kubelet-config.js'
import { TRACE_READERS } from './traces/index.js'
import { metricsSchema, networkSchema, serviceSchema, trafficSchema, usageSchema } from './traffic/schema.js'

const controlPlane = section({
  watchLatency: durationOr(DEFAULT_CONTROL_PLANE.watchLatency).describe(
    "From a write's acceptance to a watcher's handler.",
  ),
  requestLatency: durationOr(DEFAULT_CONTROL_PLANE.requestLatency).describe(
    'From sending a request to its acceptance by the API server.',
  ),
  schedulerClient: clientLimit(DEFAULT_CONTROL_PLANE.schedulerClient, "the scheduler's"),
  controllerManagerClient: clientLimit(
    DEFAULT_CONTROL_PLANE.controllerManagerClient,
    "the controller manager's",
  ),
})

const kubelet = section({
  startDelay: durationOr(DEFAULT_KUBELET.startDelay).describe(
    'From the kubelet seeing a bound pod to its containers running, images present.',
  ),
  readyDelay: durationOr(DEFAULT_KUBELET.readyDelay).describe(
    'From Running to Ready when the pod has no readiness probe.',
  ),
  stopDelay: durationOr(DEFAULT_KUBELET.stopDelay).describe(
    'From seeing the deletion to the end of the containers, cut at the grace period.',
  ),
  imagePullBytesPerSecond: amount()
    .default(DEFAULT_KUBELET.imagePullBytesPerSecond)
    .describe('What a node downloads of images that have a size, shared by its running pulls.'),
  maxParallelImagePulls: integer(1, 1000)
    .default(DEFAULT_KUBELET.maxParallelImagePulls)
    .describe('Images a node pulls at a time; 1: one after another, as upstream by default.'),
})

const pluginSet = section({
  enabled: list(
    section({
      name: plainText().describe('Name of the plugin.'),
      weight: integer(0).optional().describe('Weight of its score.'),
    }),
  )
    .default([])
    .describe('Plugins to add, or to give another weight.'),
  disabled: list(section({ name: plainText().describe('Name of the plugin, `*` for all.') }))
    .default([])
    .describe('Plugins to take out.'),
})

const plugins = section({
  multiPoint: pluginSet.optional().describe('At every point that the plugin has.'),
  ...Object.fromEntries(
    EXTENSION_POINTS.map(point => [point, pluginSet.optional().describe(`At the point ${point} only.`)]),
  ),
})

const profile = section({
  schedulerName: objectName()
    .default('default-scheduler')
    .describe('Pods choose the profile by this name in their `spec.schedulerName`.'),
  base: plainText().default('default').describe('The built-in set of plugins to start from.'),
  plugins: plugins.prefault({}).describe('Changes to the set, by extension point.'),
  pluginConfig: list(
    section({
      name: plainText().describe('Name of the plugin.'),
      args: z.record(z.string(), z.unknown()).default({}).describe('Its arguments.'),
    }),
  )
    .default([])
    .describe('Arguments of plugins.'),
})

const scheduler = section({
  profile: plainText()
    .optional()
    .describe('Short for one profile with this base: `default` (least allocated) or `most-allocated`.'),
  profiles: list(profile).optional().describe('Profiles in the words of KubeSchedulerConfiguration.'),
  configuration: filePath()
    .optional()
    .describe(
      "A KubeSchedulerConfiguration, as kube-scheduler's `--config` takes it; what it says goes first.",
    ),
  percentageOfNodesToScore: integer(0, 100)
    .default(0)
    .describe('Share of the nodes that is scored once enough fit; 0: adaptive, as upstream.'),
  tieBreak: z
    .enum(['heap', 'random', 'first', 'node-order'])
    .default('heap')
    .describe(
      "Among the best nodes: the top of a heap of scores, as upstream's 1.36; a seeded random one; the first in the " +
        'order of the search; or the first in a random order of the nodes that stays for the whole run.',
    ),
  unschedulablePods: z
    .enum(['wait', 'delete'])
    .default('wait')
    .describe('A pod that no node can take waits for a change, as upstream, or is deleted at once.'),
  podInitialBackoff: durationOr(DEFAULT_POD_INITIAL_BACKOFF, { positive: true }).describe(
    'Wait after the first failed attempt; it doubles each time.',
  ),
  podMaxBackoff: durationOr(DEFAULT_POD_MAX_BACKOFF, { positive: true }).describe('Longest wait.'),
  costs: section({
    perPodMicros: amount().default(DEFAULT_SCHEDULER_COSTS.perPodMicros).describe('For each attempt.'),
    perNodeMicros: amount()
      .default(DEFAULT_SCHEDULER_COSTS.perNodeMicros)
      .describe('For each node of the cluster: the snapshot.'),
    perNodePrefilteredMicros: amount()
      .default(DEFAULT_SCHEDULER_COSTS.perNodePrefilteredMicros)
      .describe('For each node of the cluster when a PreFilter counts them all.'),
    perNodeFilteredMicros: amount()
      .default(DEFAULT_SCHEDULER_COSTS.perNodeFilteredMicros)
      .describe('For each node filtered.'),
    perNodeScoredMicros: amount()
      .default(DEFAULT_SCHEDULER_COSTS.perNodeScoredMicros)
      .describe('For each node scored.'),
  })
    .prefault({})
    .describe('Virtual microseconds that one scheduling attempt takes.'),
}).check(({ value, issues }) => {
  if (value.podMaxBackoff >= value.podInitialBackoff) return
  addFaults({ issues }, value, [{ path: ['podMaxBackoff'], message: 'is shorter than podInitialBackoff' }])
})

const nodePool = section({
  name: objectName().describe('The nodes are called `<name>-0`, `<name>-1` and so on.'),
  count: integer(0).default(1).describe('How many there are from the start.'),
  capacity: amounts().describe('Quantities as in Kubernetes; `pods` is 110 unless given.'),
  allocatable: amounts()
    .optional()
    .describe('What pods may use; unless given, the capacity less what `kubelet` reserves.'),
  labels: labels()
    .prefault({})
    .describe('Labels; hostname, zone, system (`linux`) and architecture (`amd64`) are added.'),
  taints: taints().prefault([]).describe('Taints: `key`, `value`, `effect`.'),
  zones: list(plainText()).default([]).describe('Zones given to the nodes in turn.'),
  images: amounts().prefault({}).describe('Images on every node from the start, with their size.'),
  unschedulable: z.boolean().default(false).describe('Whether the nodes start out cordoned.'),
  kubelet: kubeletConfigSchema.optional().describe(KUBELET),
  staticPods: staticPodsSchema,
  ...priceFields,
}).check(({ value: { capacity, allocatable = {} }, issues }) => {
  for (const [name, allowed] of Object.entries(allocatable)) {
    if (allowed <= (capacity[name] ?? 0)) continue
    addFaults({ issues }, allocatable, [
      { path: ['allocatable', name], message: 'is more than the capacity' },
    ])
  }
})

/** A file of manifests, or a manifest in place; the fields of the latter are checked as Kubernetes does. */
const workload = z
  .looseObject({
    file: filePath().optional().describe('A YAML or JSON file with manifests, relative to the scenario.'),
    at: duration().prefault('0s').describe('When the objects of the file are created.'),
  })
  .describe('`file` and `at`, or one Kubernetes manifest in place.')

const traceFields = {
  name: objectName().optional().describe('Name in records; the name of the reader unless given.'),
  namespace: namespace().default('default').describe('Namespace of the pods.'),
  nodes: filePath()
    .optional()
    .describe('File with the nodes, relative to the scenario; plain or gzipped, `.gz` may be left out.'),
  pods: filePath().optional().describe('File with the pods; plain or gzipped.'),
  start: duration().prefault('0s').describe('Added to all times of the trace.'),
  limit: integer(0, 1e9).optional().describe('Only the first so many pods.'),
}
const [openb, neutral, orlib, swf, philly] = TRACE_READERS
const trace = z.discriminatedUnion('reader', [
  section({ reader: z.literal('openb'), ...traceFields, ...openb.fields }).describe(openb.about),
  section({ reader: z.literal('neutral'), ...traceFields, ...neutral.fields }).describe(neutral.about),
  section({ reader: z.literal('orlib'), ...traceFields, ...orlib.fields }).describe(orlib.about),
  section({ reader: z.literal('swf'), ...traceFields, ...swf.fields }).describe(swf.about),
  section({ reader: z.literal('philly'), ...traceFields, ...philly.fields }).describe(philly.about),
])

const measure = section({
  every: durationOr(60 * SECOND, { positive: true }).describe('Distance of two rows of the time series.'),
  records: list(z.enum(RECORD_NAMES)).default([]).describe('Records to write.'),
})

const expectation = z.record(z.string(), z.union([z.number(), z.string()])).check(({ value, issues }) => {
  for (const [metric, condition] of Object.entries(value)) {
    const read = conditionOf(metric, condition)
    if (typeof read === 'string') addFaults({ issues }, condition, [{ path: [metric], message: read }])
  }
})

const epoch = plainText().check(({ value, issues }) => {
  if (epochSecondsOf(value) !== undefined) return
  const message = `${JSON.stringify(value)} is no RFC 3339 time such as 2026-01-01T00:00:00Z`
  addFaults({ issues }, value, [{ path: [], message }])
})

const seed = z
  .union([z.string(), z.int()], { error: 'expected text or a whole number; put a long one in quotes' })
  .transform(String)

/** The schema by section; sections are validated one by one, so that a mistake in one hides none in another. */
export const SECTIONS = {
  name: objectName().optional().describe('Name of the scenario; the name of the file unless given.'),
  about: plainText().default('').describe('What the scenario shows.'),
  seed: seed.prefault('1').describe('Where all random draws come from.'),
  duration: duration({ positive: true })
    .optional()
    .describe(
      'Virtual time that the run lasts; absent: until nothing is left to happen, so not with traffic, ' +
        'autoscalers, CronJobs or failures that come again and again.',
    ),
  maxEvents: integer(1, Number.MAX_SAFE_INTEGER)
    .optional()
    .describe('The run is cut off after so many events; absent: never.'),
  epoch: epoch.default('2026-01-01T00:00:00Z').describe('Time of day at virtual time 0, RFC 3339.'),
  controlPlane: controlPlane
    .prefault({})
    .describe('Latencies and rate limits of the API server and its clients.'),
  kubelet: kubelet.prefault({}).describe('Delays of every kubelet; annotations of a pod override them.'),
  scheduler: scheduler.prefault({}).describe('The scheduler: KubeSchedulerConfiguration, and what it costs.'),
  descheduler: deschedulerSchema
    .optional()
    .describe('The descheduler, which evicts pods so that they are placed anew; absent: there is none.'),
  nodes: list(nodePool).default([]).describe('Pools of equal nodes.'),
  nodeGroups: list(nodeGroupSchema)
    .default([])
    .describe('Groups of equal nodes that the cluster autoscaler makes larger and smaller.'),
  clusterAutoscaler: clusterAutoscalerSchema
    .prefault({})
    .describe('Flags of the cluster autoscaler 1.36.1; there is one when there are node groups.'),
  karpenter: karpenterSchema
    .optional()
    .describe('Karpenter core 1.15 and what its cloud sells; absent: there is none.'),
  workloads: list(workload).default([]).describe('Kubernetes objects that are there from the start.'),
  behaviour: list(behaviourRule)
    .default([])
    .describe('What pods do, by rules: the first one that speaks of a field counts, after the annotations.'),
  traces: list(trace).default([]).describe('Recorded workloads to replay.'),
  services: list(serviceSchema).default([]).describe('What a request costs the pods of a Service.'),
  traffic: list(trafficSchema).default([]).describe('Who sends requests, where to and how many.'),
  usage: list(usageSchema).default([]).describe('What containers use beside requests.'),
  metrics: metricsSchema
    .prefault({})
    .describe('Metrics as autoscalers get them: scraped, averaged and late.'),
  network: networkSchema.prefault({}).describe('How fast and how requests find endpoints.'),
  failures: list(failureSchema).default([]).describe('What goes wrong by itself, and when.'),
  timeline: list(operationSchema).default([]).describe('What is done to the cluster, and when.'),
  measure: measure.prefault({}).describe('What is recorded.'),
  expect: list(expectation)
    .default([])
    .describe(
      'What must hold in the end: metric of the summary and condition, such as `wait_p99_s: "< 30"`.',
    ),
  variants: z
    .record(z.string(), z.record(z.string(), z.unknown()))
    .default({})
    .describe(
      'Named changes to the scenario, in the form of the scenario or as `path.to.field: value`; each is a run.',
    ),
} as const

export type Section = keyof typeof SECTIONS
export type ScenarioSections = { readonly [S in Section]: z.output<(typeof SECTIONS)[S]> }

/** Sections that are lists, whose items are validated one by one. */
export const LIST_SECTIONS = {
  nodes: nodePool,
  nodeGroups: nodeGroupSchema,
  workloads: workload,
  behaviour: behaviourRule,
  traces: trace,
  services: serviceSchema,
  traffic: trafficSchema,
  usage: usageSchema,
  failures: failureSchema,
  timeline: operationSchema,
  expect: expectation,
} as const

let jsonSchema: JsonSchema | undefined

/** The JSON Schema of scenario files. */
export function scenarioJsonSchema(): JsonSchema {
  jsonSchema ??= jsonSchemaOf(z.strictObject(SECTIONS))
  return jsonSchema
}
