import { gzipSync } from 'node:zlib'
import { RECORD_NAMES } from '../../engine/index.js'
import { listAlternatives } from '../../scenarios/describe-value.js'
import { OPERATIONS } from '../../scenarios/operations/index.js'

/** One mistake, the files it is in, and the one line that tells it. */
export interface PlantedFault {
  readonly name: string
  /** By name; `s.yaml` is the scenario. */
  readonly files: Readonly<Record<string, string | Uint8Array>>
  readonly set?: readonly string[]
  /** As `formatIssue` prints it, files relative to their folder. */
  readonly expected: string
}

const RECORDS = `${RECORD_NAMES.slice(0, -1).join(', ')} or ${RECORD_NAMES.at(-1)}`
const OPERATION_NAMES = listAlternatives(OPERATIONS.map(({ op }) => op))
const NODES = 'nodes: [{ name: w, capacity: { cpu: 4, memory: 8Gi } }]\n'

function scenario(name: string, text: string, expected: string): PlantedFault {
  return { name, files: { 's.yaml': text }, expected }
}

export function manifest(name: string, text: string, expected: string): PlantedFault {
  return { name, files: { 's.yaml': `${NODES}workloads: [{ file: m.yaml }]\n`, 'm.yaml': text }, expected }
}

/** A pod whose spec starts in line 5. */
function pod(name: string, spec: string, expected: string): PlantedFault {
  return manifest(name, `apiVersion: v1\nkind: Pod\nmetadata: { name: p }\nspec:\n${spec}`, expected)
}

const INSTANCE_TYPES =
  '  instanceTypes:\n    - { name: t, capacity: { cpu: 4, memory: 8Gi }, offerings: [{ zones: [a], price: 0.2 }] }\n'

/** A Karpenter with one NodePool, whose spec starts in line 6. */
function nodePool(name: string, spec: string, expected: string): PlantedFault {
  const text = `duration: 1h\nkarpenter:\n  nodePools:\n    - name: p\n      spec:\n${spec}${INSTANCE_TYPES}`
  return scenario(name, text, expected)
}

const CONTAINER = '  containers: [{ name: c }]\n'

function neutralPods(name: string, rows: string | Uint8Array, expected: string): PlantedFault {
  const text = 'traces:\n  - { reader: neutral, nodes: nodes.csv, pods: pods.csv }\n'
  const nodes = 'name,cpu_milli,memory_mib,max_pods\nn-0,4000,8192,110\n'
  return { name, files: { 's.yaml': text, 'nodes.csv': nodes, 'pods.csv': rows }, expected }
}

const PODS_HEADER = 'name,arrival_s,cpu_milli,memory_mib,duration_s\n'

function setting(name: string, set: string, expected: string): PlantedFault {
  return { name, files: { 's.yaml': `seed: 1\n${NODES}` }, set: ['duration=1h', set], expected }
}

export const SCENARIO_FAULTS: readonly PlantedFault[] = [
  scenario(
    'an experiment in its place',
    'base: other.yaml\naxes: { policy: {} }\n',
    's.yaml:1:1 this is an experiment and no scenario: kubelapse experiment takes it',
  ),
  scenario(
    'a manifest in its place',
    'apiVersion: v1\nkind: Pod\nmetadata: { name: p }\n',
    's.yaml:1:1 this is a Kubernetes manifest and no scenario: name it in one, as { file: ... } under "workloads"',
  ),
  scenario(
    'an unknown section',
    'seed: 1\nnoeds: []\n',
    's.yaml:2:1 noeds: unknown key "noeds"; did you mean "nodes"?',
  ),
  scenario(
    'an unknown key without a similar one',
    'kubelet:\n  colour: red\n',
    's.yaml:2:3 kubelet.colour: unknown key "colour"; known are startDelay, readyDelay, stopDelay, imagePullBytesPerSecond, maxParallelImagePulls',
  ),
  scenario(
    'a threshold of a kubelet that is none',
    'nodes:\n  - name: w\n    capacity: { cpu: 4, memory: 8Gi }\n    kubelet: { evictionHard: { memory.free: 1Gi } }\n',
    's.yaml:4:14 nodes.0.kubelet: unsupported eviction signal memory.free',
  ),
  scenario(
    'an unknown key in a list',
    `nodes:\n  - name: w\n    cuont: 3\n    capacity: { cpu: 4, memory: 8Gi }\n`,
    's.yaml:3:5 nodes.0.cuont: unknown key "cuont"; did you mean "count"?',
  ),
  scenario(
    'a duration without unit',
    'duration: 90\n',
    's.yaml:1:11 duration: a duration needs a unit: did you mean "90s"?',
  ),
  scenario(
    'a duration with a unit that is none',
    'kubelet: { startDelay: 3 sec }\n',
    's.yaml:1:24 kubelet.startDelay: "3 sec" is no duration: there is no unit "sec", only ns, us, ms, s, m, h and d',
  ),
  scenario(
    'a negative duration',
    'controlPlane:\n  watchLatency: -4ms\n',
    's.yaml:2:17 controlPlane.watchLatency: cannot be negative, got "-4ms"',
  ),
  scenario(
    'a duration of centuries',
    'duration: 9999999h\n',
    's.yaml:1:11 duration: "9999999h" is longer than 285 years',
  ),
  scenario('a run of no duration', 'duration: 0s\n', 's.yaml:1:11 duration: must be longer than 0s'),
  scenario(
    'no duration at all',
    'duration: [1h]\n',
    's.yaml:1:11 duration: expected a duration such as "90s" or "1h30m", got a list',
  ),
  scenario(
    'a quantity in megabytes',
    'nodes:\n  - { name: w, capacity: { cpu: 4, memory: 16GB } }\n',
    's.yaml:2:44 nodes.0.capacity.memory: "16GB" is no quantity; did you mean 16Gi or 16G?',
  ),
  scenario(
    'a quantity in the wrong case',
    'nodes:\n  - { name: w, capacity: { cpu: 4, memory: 16gi } }\n',
    's.yaml:2:44 nodes.0.capacity.memory: "16gi" is no quantity; did you mean 16Gi?',
  ),
  scenario(
    'cores written out',
    'nodes:\n  - { name: w, capacity: { cpu: 4 cores, memory: 16Gi } }\n',
    's.yaml:2:33 nodes.0.capacity.cpu: "4 cores" is no quantity; write 4',
  ),
  scenario(
    'a negative quantity',
    'nodes:\n  - { name: w, capacity: { cpu: -4, memory: 16Gi } }\n',
    's.yaml:2:33 nodes.0.capacity.cpu: a quantity cannot be negative, got -4',
  ),
  scenario(
    'a quantity that is too large',
    'nodes:\n  - { name: w, capacity: { cpu: 4, memory: 99999Pi } }\n',
    's.yaml:2:44 nodes.0.capacity.memory: "99999Pi" is too large; amounts end at 2^53',
  ),
  scenario(
    'memory without unit',
    'nodes:\n  - { name: w, capacity: { cpu: 4, memory: 16 } }\n',
    's.yaml:2:44 nodes.0.capacity.memory: 16 bytes of memory: is the unit missing? Write for example 16Gi',
  ),
  scenario(
    'half a device',
    'nodes:\n  - { name: w, capacity: { cpu: 4, memory: 8Gi, nvidia.com/gpu: 0.5 } }\n',
    's.yaml:2:65 nodes.0.capacity["nvidia.com/gpu"]: "nvidia.com/gpu" comes in whole numbers, got 0.5',
  ),
  scenario(
    'a node without memory',
    'nodes:\n  - name: w\n    capacity: { cpu: 4 }\n',
    's.yaml:3:15 nodes.0.capacity: "memory" is missing',
  ),
  scenario(
    'more allocatable than there is',
    'nodes:\n  - name: w\n    capacity: { cpu: 4, memory: 8Gi }\n    allocatable: { cpu: 5 }\n',
    's.yaml:4:25 nodes.0.allocatable.cpu: is more than the capacity',
  ),
  scenario('a pool without capacity', 'nodes:\n  - name: w\n', 's.yaml:2:5 nodes.0: "capacity" is missing'),
  scenario(
    'a required key with a slip',
    'nodes:\n  - { nmae: w, capacity: { cpu: 4, memory: 8Gi } }\n',
    's.yaml:2:7 nodes.0.nmae: unknown key "nmae"; did you mean "name"?',
  ),
  scenario(
    'a pool without name',
    'nodes:\n  - capacity: { cpu: 4, memory: 8Gi }\n',
    's.yaml:2:5 nodes.0: "name" is missing',
  ),
  scenario(
    'two pools of one name',
    `nodes:\n  - { name: w, capacity: { cpu: 4, memory: 8Gi } }\n  - { name: w, capacity: { cpu: 8, memory: 8Gi } }\n`,
    's.yaml:3:13 nodes.1.name: there is a pool "w" already',
  ),
  scenario(
    'a count that is not a number',
    'nodes:\n  - { name: w, count: .nan, capacity: { cpu: 4, memory: 8Gi } }\n',
    's.yaml:2:23 nodes.0.count: expected a whole number, got NaN',
  ),
  scenario(
    'a huge count',
    'nodes:\n  - { name: w, count: 1e12, capacity: { cpu: 4, memory: 8Gi } }\n',
    's.yaml:2:23 nodes.0.count: must be at most 1000000, got 1000000000000',
  ),
  scenario(
    'a count with a fraction',
    'nodes:\n  - { name: w, count: 1.5, capacity: { cpu: 4, memory: 8Gi } }\n',
    's.yaml:2:23 nodes.0.count: expected a whole number, got 1.5',
  ),
  scenario(
    'a count in words',
    'nodes:\n  - { name: w, count: many, capacity: { cpu: 4, memory: 8Gi } }\n',
    's.yaml:2:23 nodes.0.count: expected a whole number, got "many"',
  ),
  scenario(
    'a name that no node can have',
    'nodes:\n  - { name: N_1, capacity: { cpu: 4, memory: 8Gi } }\n',
    `s.yaml:2:13 nodes.0.name: a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')`,
  ),
  scenario(
    'a label that is no text',
    'nodes:\n  - name: w\n    capacity: { cpu: 4, memory: 8Gi }\n    labels: { ssd: yes }\n',
    's.yaml:4:20 nodes.0.labels.ssd: expected text, got true; put it in quotes',
  ),
  scenario(
    'a label key with two slashes',
    'nodes:\n  - name: w\n    capacity: { cpu: 4, memory: 8Gi }\n    labels: { a/b/c: x }\n',
    `s.yaml:4:15 nodes.0.labels.a/b/c: a valid label key must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
  ),
  scenario(
    'an effect that is none',
    'nodes:\n  - name: w\n    capacity: { cpu: 4, memory: 8Gi }\n    taints: [{ key: a, effect: NoSchedul }]\n',
    's.yaml:4:32 nodes.0.taints.0.effect: expected NoSchedule, PreferNoSchedule or NoExecute, got "NoSchedul"; did you mean "NoSchedule"?',
  ),
  scenario(
    'nodes that are no list',
    'nodes:\n  n: { capacity: { cpu: 4 } }\n',
    's.yaml:2:3 nodes: expected a list, got a mapping',
  ),
  scenario(
    'an epoch that is no time',
    'epoch: yesterday\n',
    's.yaml:1:8 epoch: "yesterday" is no RFC 3339 time such as 2026-01-01T00:00:00Z',
  ),
  scenario(
    'a day that does not exist',
    'epoch: 2026-02-30T00:00:00Z\n',
    's.yaml:1:8 epoch: "2026-02-30T00:00:00Z" is no RFC 3339 time such as 2026-01-01T00:00:00Z',
  ),
  scenario(
    'a seed that is a fraction',
    'seed: 1.5\n',
    's.yaml:1:7 seed: expected text or a whole number; put a long one in quotes',
  ),
  scenario(
    'a profile nobody knows',
    'scheduler:\n  profile: most-alocated\n',
    's.yaml:2:12 scheduler.profile: there is no profile "most-alocated"; did you mean "most-allocated"?',
  ),
  scenario(
    'profile and profiles',
    'scheduler:\n  profile: default\n  profiles: [{}]\n',
    's.yaml:2:3 scheduler.profile: give either "profile" or "profiles"',
  ),
  scenario(
    'two profiles of one name',
    'scheduler:\n  profiles:\n    - {}\n    - { base: most-allocated }\n',
    's.yaml:4:7 scheduler.profiles.1.schedulerName: there is a profile "default-scheduler" already',
  ),
  scenario(
    'an extension point nobody knows',
    'scheduler:\n  profiles:\n    - plugins:\n        scores: { disabled: [{ name: x }] }\n',
    's.yaml:4:9 scheduler.profiles.0.plugins.scores: unknown key "scores"; did you mean "score"?',
  ),
  scenario(
    'a share of more than all',
    'scheduler: { percentageOfNodesToScore: 101 }\n',
    's.yaml:1:40 scheduler.percentageOfNodesToScore: must be at most 100, got 101',
  ),
  scenario(
    'a longest wait below the first',
    'scheduler:\n  podInitialBackoff: 5s\n  podMaxBackoff: 2s\n',
    's.yaml:3:18 scheduler.podMaxBackoff: is shorter than podInitialBackoff',
  ),
  scenario(
    'a negative cost',
    'scheduler: { costs: { perPodMicros: -1 } }\n',
    's.yaml:1:37 scheduler.costs.perPodMicros: cannot be negative, got -1',
  ),
  scenario(
    'a record nobody writes',
    'measure: { records: [pod] }\n',
    `s.yaml:1:22 measure.records.0: expected ${RECORDS}, got "pod"; did you mean "pods"?`,
  ),
  scenario(
    'a condition that is none',
    'expect:\n  - wait_p99_s: "below 30"\n',
    's.yaml:2:17 expect.0.wait_p99_s: "below 30" is no condition; write a number, or for example "< 30", ">= 0.5" or "!= 0"',
  ),
  scenario(
    'a metric that no run has',
    'expect:\n  - wait_p98_s: "< 30"\n',
    's.yaml:2:5 expect.0.wait_p98_s: there is no metric "wait_p98_s"; did you mean "wait_p90_s"?',
  ),
  scenario(
    'a metric of a resource that nothing has',
    'expect:\n  - allocation_gpus_mean_share: "> 30%"\n',
    's.yaml:2:5 expect.0.allocation_gpus_mean_share: there is no metric "allocation_gpus_mean_share"; did you mean ' +
      '"allocation_cpu_mean_share"?',
  ),
  scenario(
    'failures for ever',
    `${NODES}failures:\n  - { model: node-crash, nodes: {}, every: { exponential: { mean: 10d } } }\n`,
    's.yaml:1:1 duration: is missing, and the run would have no end: the failure node-crash comes again and again',
  ),
  scenario(
    'node groups for ever',
    'nodeGroups: [{ name: g, max: 2, capacity: { cpu: 4, memory: 8Gi } }]\n',
    's.yaml:1:1 duration: is missing, and the run would have no end: the cluster autoscaler never stops looking',
  ),
  scenario(
    'a duration where the metric is a count',
    'expect:\n  - pods_created: "< 30s"\n',
    's.yaml:2:19 expect.0.pods_created: "< 30s" is no condition; write a number, or for example "< 30", ">= 0.5" or "!= 0"',
  ),
  scenario(
    'an operation nobody knows',
    'timeline:\n  - { at: 1m, op: createPod, name: p }\n',
    `s.yaml:2:19 timeline.0.op: expected ${OPERATION_NAMES}, got "createPod"; did you mean "createPods"?`,
  ),
  scenario(
    'an operation without a time',
    `${NODES}timeline:\n  - { op: cordon, nodes: [w-0] }\n`,
    's.yaml:3:5 timeline.0: "at" is missing',
  ),
  scenario(
    'an operation without op',
    'timeline:\n  - at: 1m\n',
    `s.yaml:2:5 timeline.0: "op" is missing: ${OPERATION_NAMES}`,
  ),
  scenario(
    'a pool that is not there',
    `${NODES}timeline:\n  - { at: 1m, op: createNodes, pool: m }\n`,
    's.yaml:3:38 timeline.0.pool: there is no node pool "m"; did you mean "w"?',
  ),
  scenario(
    'a node group with its least above its most',
    'nodeGroups:\n  - { name: g, min: 3, max: 2, capacity: { cpu: 4, memory: 8Gi } }\n',
    's.yaml:2:21 nodeGroups.0.min: is more than max',
  ),
  scenario(
    'more nodes at the start than a group may have',
    'nodeGroups:\n  - { name: g, max: 2, initial: 3, capacity: { cpu: 4, memory: 8Gi } }\n',
    's.yaml:2:33 nodeGroups.0.initial: is more than max',
  ),
  scenario(
    'a share above one',
    'nodeGroups:\n  - { name: g, max: 2, stockoutShare: 20, capacity: { cpu: 4, memory: 8Gi } }\n',
    's.yaml:2:39 nodeGroups.0.stockoutShare: is a share, at most 1, got 20',
  ),
  scenario(
    'a node group and a pool of one name',
    `${NODES}nodeGroups:\n  - { name: w, max: 2, capacity: { cpu: 4, memory: 8Gi } }\n`,
    's.yaml:3:13 nodeGroups.0.name: there is a pool "w" already',
  ),
  scenario(
    'an expander that is none',
    'clusterAutoscaler: { expander: most-pod }\n',
    's.yaml:1:32 clusterAutoscaler.expander: expected least-nodes, least-waste, most-pods, price, priority or random, ' +
      'got "most-pod"; did you mean "most-pods"?',
  ),
  nodePool(
    'an unknown field of a NodePool',
    '        template: { spec: {} }\n        disrupton: { consolidateAfter: 30s }\n',
    's.yaml:7:9 karpenter.nodePools.0.spec.disrupton: unknown field "disrupton"; did you mean "disruption"?',
  ),
  nodePool(
    'a NodePool without a template',
    '        weight: 3\n',
    's.yaml:6:9 karpenter.nodePools.0.spec: "template" is missing',
  ),
  nodePool(
    'a lifetime with a unit that Karpenter does not know',
    '        template: { spec: { expireAfter: 30d } }\n',
    's.yaml:6:42 karpenter.nodePools.0.spec.template.spec.expireAfter: expected a duration such as "720h", or ' +
      '"Never", got "30d"',
  ),
  nodePool(
    'a policy that is none',
    '        template: { spec: {} }\n        disruption: { consolidationPolicy: WhenUnderutilized }\n',
    's.yaml:7:44 karpenter.nodePools.0.spec.disruption.consolidationPolicy: expected WhenEmpty, ' +
      'WhenEmptyOrUnderutilized or Balanced, got "WhenUnderutilized"',
  ),
  nodePool(
    'a budget that begins and never ends',
    '        template: { spec: {} }\n        disruption: { budgets: [{ nodes: "0", schedule: "@daily" }] }\n',
    's.yaml:7:33 karpenter.nodePools.0.spec.disruption.budgets.0: "schedule" and "duration" must be set together',
  ),
  nodePool(
    'more different values than there are',
    '        template:\n          spec:\n            requirements:\n' +
      '              - { key: topology.kubernetes.io/zone, operator: In, values: [a], minValues: 2 }\n',
    's.yaml:9:91 karpenter.nodePools.0.spec.template.spec.requirements.0.minValues: asks for 2 values, and there are 1',
  ),
  scenario(
    'a NodePool and a pool of one name',
    `duration: 1h\n${NODES}karpenter:\n  nodePools: [{ name: w, spec: { template: { spec: {} } } }]\n${INSTANCE_TYPES}`,
    's.yaml:4:23 karpenter.nodePools.0.name: there is a pool "w" already',
  ),
  scenario(
    'an instance type twice',
    `duration: 1h\nkarpenter:\n${INSTANCE_TYPES}${INSTANCE_TYPES.split('\n')[1]}\n`,
    's.yaml:5:15 karpenter.instanceTypes.1.name: there is an instance type "t" already',
  ),
  scenario(
    'an instance type that is sold nowhere',
    'duration: 1h\nkarpenter:\n  instanceTypes: [{ name: t, capacity: { cpu: 4, memory: 8Gi }, offerings: [] }]\n',
    's.yaml:3:76 karpenter.instanceTypes.0.offerings: it is sold nowhere',
  ),
  scenario(
    'nodes that expire in a run without an end',
    `karpenter:\n  nodePools: [{ name: p, spec: { template: { spec: {} } } }]\n${INSTANCE_TYPES}`,
    's.yaml:1:1 karpenter: its nodes expire and are replaced without end: give the scenario a "duration"',
  ),
  scenario(
    'nodes of a group made by hand',
    'nodeGroups:\n  - { name: g, max: 2, capacity: { cpu: 4, memory: 8Gi } }\n' +
      'timeline:\n  - { at: 1m, op: createNodes, pool: g }\n',
    's.yaml:4:38 timeline.0.pool: "g" is a node group, whose nodes the autoscaler adds',
  ),
  scenario(
    'a node that is not there',
    `${NODES}timeline:\n  - { at: 1m, op: cordon, nodes: [w-0, w-1] }\n`,
    's.yaml:3:40 timeline.0.nodes.1: there is no Node "w-1"; did you mean "w-0"?',
  ),
  scenario(
    'a pod that is not there',
    `${NODES}timeline:\n  - at: 1m\n    op: delete\n    kind: Pod\n    names: [web-0]\n`,
    's.yaml:6:13 timeline.0.names.0: there is no Pod "web-0" in namespace default',
  ),
  scenario(
    'pods of one name twice',
    `timeline:\n  - { at: 1m, op: createPods, name: p, requests: { cpu: 1 } }\n  - { at: 2m, op: createPods, name: p, requests: { cpu: 1 } }\n`,
    's.yaml:3:37 timeline.1.name: there is a pod "p-0" in namespace default already',
  ),
  scenario(
    'pods of nothing',
    'timeline:\n  - { at: 1m, op: createPods, name: p }\n',
    's.yaml:2:5 timeline.0: give either "requests" or "template"',
  ),
  scenario(
    'a pod template with a slip',
    `timeline:\n  - at: 1m\n    op: createPods\n    name: p\n    template:\n      spec:\n        contaners: [{ name: c }]\n        containers: [{ name: c }]\n`,
    's.yaml:7:9 timeline.0.template.spec.contaners: unknown field "contaners"; did you mean "containers"?',
  ),
  scenario(
    'a manifest file that is not there',
    'workloads:\n  - file: none.yaml\n',
    's.yaml:2:11 workloads.0.file: cannot read none.yaml: there is no such file',
  ),
  scenario(
    'a manifest in place with a slip',
    `workloads:\n  - apiVersion: v1\n    kind: Pod\n    metadata: { name: p }\n    spec:\n      containers:\n        - { name: c, imagePulPolicy: Never }\n`,
    's.yaml:7:22 workloads.0.spec.containers.0.imagePulPolicy: unknown field "imagePulPolicy"; did you mean "imagePullPolicy"?',
  ),
  scenario(
    'a trace nobody can read',
    'traces:\n  - { reader: borg, pods: x.csv }\n',
    's.yaml:2:15 traces.0.reader: expected openb, neutral, orlib, swf or philly, got "borg"',
  ),
  scenario(
    'a trace file that is not there',
    'traces:\n  - { reader: neutral, pods: none.csv }\n',
    's.yaml:2:30 traces.0.pods: cannot read none.csv: there is no such file',
  ),
  scenario(
    'an option of another reader',
    'traces:\n  - { reader: neutral, maxPods: 5 }\n',
    's.yaml:2:24 traces.0.maxPods: unknown key "maxPods"; known are reader, name, namespace, nodes, pods, start, limit',
  ),
  scenario(
    'a slip in a variant',
    'variants:\n  a: { scheduler: { profle: default } }\n',
    's.yaml:2:21 scheduler.profle: unknown key "profle"; did you mean "profile"?',
  ),
  scenario(
    'a wrong value in a variant',
    `${NODES}variants:\n  a:\n    nodes.0.count: -1\n`,
    's.yaml:4:20 nodes.0.count: must be at least 0, got -1',
  ),
  scenario(
    'a path in a variant that leads nowhere',
    `${NODES}variants:\n  a:\n    nodes.1.count: 1\n`,
    's.yaml:4:5 nodes.1.count: nodes has no item 1; the last one is 0',
  ),
  scenario(
    'a variant of variants',
    'variants:\n  a: { variants: {} }\n',
    's.yaml:2:8 variants.a.variants: a variant cannot change "variants"',
  ),
  scenario(
    'a descheduler without a policy',
    'descheduler: { interval: 5m }\n',
    's.yaml:1:14 descheduler: give either "policy" or "configuration"',
  ),
  scenario(
    'a descheduler that runs when there is no such minute',
    'descheduler: { schedule: "61 * * * *", policy: {} }\n',
    's.yaml:1:26 descheduler.schedule: end of range (61) above maximum (59): 61',
  ),
  scenario(
    'a descheduler plugin nobody knows',
    'descheduler:\n  policy:\n    profiles:\n      - { name: p, plugins: { balance: { enabled: [RemoveDuplicate] } } }\n',
    's.yaml:4:52 descheduler.policy.profiles.0.plugins.balance.enabled.0: unknown plugin "RemoveDuplicate"; did you mean "RemoveDuplicates"?',
  ),
  scenario(
    'a descheduler plugin at the wrong point',
    'descheduler:\n  policy:\n    profiles:\n      - { name: p, plugins: { balance: { enabled: [PodLifeTime] } } }\n',
    's.yaml:4:52 descheduler.policy.profiles.0.plugins.balance.enabled.0: "PodLifeTime" is a plugin of the point "deschedule"',
  ),
]

export const YAML_FAULTS: readonly PlantedFault[] = [
  scenario('a bracket left open', 'seed: 1\nnodes: [\n', 's.yaml:2:8 what is opened here is never closed'),
  scenario('a quote left open', 'about: "what\nseed: 1\n', 's.yaml:1:8 what is opened here is never closed'),
  scenario(
    'a key given twice',
    'seed: 1\nabout: x\nseed: 2\n',
    's.yaml:3:1 this key was given before in the same mapping',
  ),
  scenario(
    'a tab as indentation',
    'kubelet:\n\tstartDelay: 1s\n',
    's.yaml:2:1 a tab cannot indent; use spaces',
  ),
  scenario(
    'two colons in a line',
    'about: this: that\n',
    's.yaml:1:8 a mapping cannot start here; text with a colon in it needs quotes',
  ),
  scenario('an anchor nobody set', 'about: *text\n', 's.yaml:1:8 there is no anchor "text" before this'),
  scenario('an anchor that contains itself', 'nodes: &all [*all]\n', 's.yaml:1:14 "all" contains itself'),
  scenario('a tag nobody knows', 'seed: !dice 6\n', 's.yaml:1:7 no valid YAML: unresolved tag: !dice'),
  scenario(
    'nesting without end',
    `nodes: ${'['.repeat(5000)}${']'.repeat(5000)}\n`,
    's.yaml:1:108 nested too deeply',
  ),
  scenario('anchors that explode', explosion(), 's.yaml:5:45 anchors repeat each other too often'),
  scenario('an empty file', '# nothing\n', 's.yaml:1:1 the file is empty'),
  scenario('a list in place of a scenario', '- seed: 1\n', 's.yaml:1:1 expected a scenario, got a list'),
  scenario(
    'two scenarios in a file',
    'seed: 1\n---\nseed: 2\n',
    's.yaml:3:1 a scenario is one document; manifests belong into files of their own',
  ),
  {
    name: 'no text at all',
    files: { 's.yaml': Uint8Array.of(0x61, 0x3a, 0xff, 0xfe) },
    expected: 's.yaml:1:1 no UTF-8 text',
  },
]

/** A billion laughs: nine lists of ten of the one before. */
function explosion(): string {
  const lines = ['a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]']
  for (let i = 1; i < 10; i++)
    lines.push(
      `a${i}: &a${i} [${Array(10)
        .fill(`*a${i - 1}`)
        .join(', ')}]`,
    )
  return lines.join('\n')
}

export const MANIFEST_FAULTS: readonly PlantedFault[] = [
  manifest(
    'an object without kind',
    'apiVersion: v1\nmetadata: { name: p }\n',
    'm.yaml:1:1 no Kubernetes object: "kind" is missing',
  ),
  manifest(
    'an object without name',
    'apiVersion: v1\nkind: Namespace\nmetadata: {}\n',
    'm.yaml:3:11 metadata: this Namespace has no metadata.name',
  ),
  manifest(
    'a kind with a slip',
    'apiVersion: apps/v1\nkind: Deploymnet\nmetadata: { name: d }\n',
    'm.yaml:2:7 kind: there is no kind "Deploymnet" in apps/v1; did you mean "Deployment"?',
  ),
  manifest(
    'a kind of another group',
    'apiVersion: v1\nkind: Deployment\nmetadata: { name: d }\n',
    'm.yaml:1:13 apiVersion: Deployment is in apps/v1, not in "v1"',
  ),
  manifest(
    'a group of the past',
    'apiVersion: extensions/v1beta1\nkind: Deployment\nmetadata: { name: d }\n',
    'm.yaml:1:13 apiVersion: Deployment is in apps/v1, not in "extensions/v1beta1"',
  ),
  manifest(
    'a namespace on what has none',
    'apiVersion: v1\nkind: Node\nmetadata: { name: m, namespace: x }\nstatus: { capacity: { cpu: 1 } }\n',
    'm.yaml:3:33 metadata.namespace: a Node lies in no namespace',
  ),
  manifest(
    'one object twice',
    'apiVersion: v1\nkind: Namespace\nmetadata: { name: a }\n---\napiVersion: v1\nkind: Namespace\nmetadata:\n  name: a\n',
    'm.yaml:8:9 metadata.name: there is a Namespace "a" already',
  ),
  manifest(
    'a node that a pool makes',
    'apiVersion: v1\nkind: Node\nmetadata: { name: w-0 }\nstatus: { capacity: { cpu: 1 } }\n',
    'm.yaml:3:19 metadata.name: there is a Node "w-0" already',
  ),
  manifest(
    'a slip in an item of a List',
    'apiVersion: v1\nkind: List\nitems:\n  - apiVersion: v1\n    kind: Namespace\n    metadata: { name: a, lables: {} }\n',
    'm.yaml:6:26 items.0.metadata.lables: unknown field "lables"; did you mean "labels"?',
  ),
  manifest(
    'a slip in a second document',
    'apiVersion: v1\nkind: Namespace\nmetadata: { name: a }\n---\napiVersion: v1\nkind: Namespace\nmetadata: { name: A }\n',
    `m.yaml:7:19 metadata.name: a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')`,
  ),
  manifest(
    'a label that YAML takes for a number',
    'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: a\n  labels: { version: 1.10 }\n',
    'm.yaml:5:22 metadata.labels.version: expected text, got 1.1; put it in quotes',
  ),
  manifest(
    'a template with a slip',
    'apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: d }\nspec:\n  template:\n    spec:\n      containers:\n        - nme: c\n          name: c\n',
    'm.yaml:8:11 spec.template.spec.containers.0.nme: unknown field "nme"; did you mean "name"?',
  ),
  manifest('no manifests', '# none\n', 'm.yaml:1:1 there are no manifests in it'),
  pod(
    'a spec field with a slip',
    `${CONTAINER}  nodeselector: {}\n`,
    'm.yaml:6:3 spec.nodeselector: unknown field "nodeselector"; did you mean "nodeSelector"?',
  ),
  pod('a pod without containers', '  restartPolicy: Never\n', 'm.yaml:5:3 spec: "containers" is missing'),
  pod(
    'an empty list of containers',
    '  containers: []\n',
    'm.yaml:5:15 spec.containers: a pod needs at least one container',
  ),
  pod(
    'a request in megabytes',
    '  containers:\n    - name: c\n      resources:\n        requests: { memory: 512MB }\n',
    'm.yaml:8:29 spec.containers.0.resources.requests.memory: "512MB" is no quantity; did you mean 512Mi or 512M?',
  ),
  pod(
    'a request above its limit',
    '  containers:\n    - name: c\n      resources:\n        requests: { cpu: 2 }\n        limits: { cpu: 1 }\n',
    'm.yaml:8:26 spec.containers.0.resources.requests.cpu: 2 is more than the limit of 1',
  ),
  pod(
    'two containers of one name',
    '  containers:\n    - name: c\n    - name: c\n',
    'm.yaml:7:13 spec.containers.1.name: there is a container "c" already',
  ),
  pod(
    'a restart policy that is none',
    `${CONTAINER}  restartPolicy: never\n`,
    'm.yaml:6:18 spec.restartPolicy: expected Always, OnFailure or Never, got "never"',
  ),
  pod(
    'a port beyond all ports',
    '  containers: [{ name: c, ports: [{ containerPort: 70000 }] }]\n',
    'm.yaml:5:52 spec.containers.0.ports.0.containerPort: a port is between 1 and 65535, got 70000',
  ),
  pod(
    'a toleration without key',
    `${CONTAINER}  tolerations: [{ effect: NoSchedule }]\n`,
    'm.yaml:6:17 spec.tolerations.0: without a key the operator must be Exists',
  ),
  pod(
    'a skew of nothing',
    `${CONTAINER}  topologySpreadConstraints:\n    - { maxSkew: 0, topologyKey: a, whenUnsatisfiable: DoNotSchedule }\n`,
    'm.yaml:7:18 spec.topologySpreadConstraints.0.maxSkew: must be at least 1, got 0',
  ),
  pod(
    'an affinity that selects nothing',
    `${CONTAINER}  affinity:\n    nodeAffinity:\n      requiredDuringSchedulingIgnoredDuringExecution:\n        nodeSelectorTerms: [{ matchExpressions: [{ key: a, operator: In }] }]\n`,
    `m.yaml:9:9 spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution: nodeSelectorTerms[0].matchExpressions[0].values: Invalid value: null: for 'in', 'notin' operators, values set can't be empty`,
  ),
  pod(
    'a priority class that is not there',
    `${CONTAINER}  priorityClassName: importnat\n`,
    'm.yaml:6:22 spec.priorityClassName: there is no PriorityClass "importnat"',
  ),
  pod(
    'a node name that is not there',
    `${CONTAINER}  nodeName: w-7\n`,
    'm.yaml:6:13 spec.nodeName: there is no Node "w-7"; did you mean "w-0"?',
  ),
  {
    name: 'a comma too many in JSON',
    files: {
      's.yaml': 'workloads: [{ file: m.json }]\n',
      'm.json': '{\n  "apiVersion": "v1",\n  "kind": "Namespace",\n}\n',
    },
    expected: 'm.json:4:1 no valid JSON: expected double-quoted property name',
  },
  {
    name: 'a slip in JSON',
    files: {
      's.yaml': 'workloads: [{ file: m.json }]\n',
      'm.json':
        '{\n  "apiVersion": "v1",\n  "kind": "Namespace",\n  "metadata": { "name": "a", "label": {} }\n}\n',
    },
    expected: 'm.json:4:30 metadata.label: unknown field "label"; did you mean "labels"?',
  },
]

export const TRACE_FAULTS: readonly PlantedFault[] = [
  neutralPods(
    'a header with a slip',
    'name,arival_s,cpu_milli,memory_mib,duration_s\np,0,1,1,1\n',
    'pods.csv:1:1 there is no column "arrival_s"; is "arival_s" meant to be it?',
  ),
  neutralPods('an empty trace', '', 'pods.csv:1:1 the file is empty'),
  neutralPods(
    'too few fields',
    `${PODS_HEADER}p-0,0,100,128,60\np-1,1,100,128\n`,
    'pods.csv:3:1 expected 5 fields as in the first line, got 4',
  ),
  neutralPods(
    'an amount in words',
    `${PODS_HEADER}p-0,0,100,128,60\np-1,1,much,128,60\n`,
    'pods.csv:3:7 cpu_milli: expected a whole number, got "much"',
  ),
  neutralPods(
    'a negative time',
    `${PODS_HEADER}p-0,-1,100,128,60\n`,
    'pods.csv:2:5 arrival_s: cannot be negative, got -1',
  ),
  neutralPods(
    'a time that is no number',
    `${PODS_HEADER}p-0,0,100,128,NaN\n`,
    'pods.csv:2:15 duration_s: expected seconds, got "NaN"',
  ),
  neutralPods(
    'a time in eternity',
    `${PODS_HEADER}p-0,0,100,128,99999999999\n`,
    'pods.csv:2:15 duration_s: 99999999999 s is longer than 285 years',
  ),
  neutralPods(
    'one pod twice',
    `${PODS_HEADER}p-0,0,100,128,60\np-1,1,100,128,60\np-0,2,100,128,60\n`,
    'pods.csv:4:1 name: there is a pod "p-0" already',
  ),
  neutralPods(
    'a fault behind a quoted field',
    `${PODS_HEADER}"p,0",0,x,128,60\n`,
    'pods.csv:2:9 cpu_milli: expected a whole number, got "x"',
  ),
  neutralPods(
    'quotes that do not match',
    `${PODS_HEADER}"p"0,0,1,128,60\n`,
    'pods.csv:2:1 the quotes do not match',
  ),
  neutralPods(
    'a gzip file cut short',
    gzipSync(`${PODS_HEADER}${'p-0,0,100,128,60\n'.repeat(9999)}`).subarray(0, 100),
    'pods.csv:1:1 the gzip data end too early; the file was cut off',
  ),
  neutralPods('a damaged gzip file', damaged(), 'pods.csv:1:1 the gzip data are damaged'),
  {
    name: 'a pod that leaves before it comes',
    files: {
      's.yaml': 'traces: [{ reader: openb, pods: pods.csv }]\n',
      'pods.csv':
        'name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,creation_time,deletion_time,scheduled_time\n' +
        'p,1000,1024,1,500,,LS,Running,50,40,50\n',
    },
    expected: 'pods.csv:2:34 deletion_time: deleted before its creation at 50 s',
  },
  {
    name: 'more than one GPU in a GPU',
    files: {
      's.yaml': 'traces: [{ reader: openb, pods: pods.csv }]\n',
      'pods.csv':
        'name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,creation_time,deletion_time,scheduled_time\n' +
        'p,1000,1024,1,1500,,LS,Running,50,60,50\n',
    },
    expected: 'pods.csv:2:15 gpu_milli: a GPU has 1000 thousandths, got 1500',
  },
]

function damaged(): Uint8Array {
  const bytes = gzipSync(`${PODS_HEADER}p-0,0,100,128,60\n`)
  bytes[20] ^= 0xff
  return bytes
}

export const SETTING_FAULTS: readonly PlantedFault[] = [
  setting('an override without value', 'seed', '--set:2:1 write path=value, for example seed=2, not seed'),
  setting(
    'an override of a field that is none',
    'kubelet.startdelay=1s',
    '--set:2:1 kubelet.startdelay: unknown key "startdelay"; did you mean "startDelay"?',
  ),
  setting(
    'an override of a section that is none',
    'sead=2',
    '--set:2:1 sead: unknown key "sead"; did you mean "seed"?',
  ),
  setting(
    'an override beyond a list',
    'nodes.4.count=2',
    '--set:2:1 nodes.4.count: nodes has no item 4; the last one is 0',
  ),
  setting(
    'an override inside a number',
    'nodes.0.capacity.cpu.milli=2',
    '--set:2:1 nodes.0.capacity.cpu.milli: nodes.0.capacity.cpu is 4 and has nothing inside',
  ),
  setting(
    'an override with a wrong unit',
    'kubelet.startDelay=3 minutes',
    '--set:2:20 kubelet.startDelay: "3 minutes" is no duration: there is no unit "minutes", only ns, us, ms, s, m, h and d',
  ),
  setting(
    'an override that is no YAML',
    'nodes.0.labels={a: [}',
    '--set:2:16 nodes.0.labels: what is opened here is never closed',
  ),
  setting('an override whose path is none', '.seed=2', '--set:2:1 ".seed" is no path such as nodes.0.count'),
]

/** A KubeSchedulerConfiguration whose fields start in line 3. */
function configuration(name: string, text: string, expected: string): PlantedFault {
  const head = 'apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\n'
  const files = { 's.yaml': `${NODES}scheduler: { configuration: k.yaml }\n`, 'k.yaml': `${head}${text}` }
  return { name, files, expected }
}

export const CONFIGURATION_FAULTS: readonly PlantedFault[] = [
  configuration(
    'an extender',
    'extenders:\n  - urlPrefix: http://127.0.0.1:8888\n',
    'k.yaml:4:5 extenders.0: extenders are asked over HTTP and are not simulated; write a plugin instead',
  ),
  configuration(
    'a plugin nobody knows',
    'profiles:\n  - plugins:\n      score:\n        enabled:\n          - { name: ImageLocalty, weight: 5 }\n',
    'k.yaml:7:21 profiles.0.plugins.score.enabled.0.name: there is no plugin "ImageLocalty"; ' +
      'did you mean "ImageLocality"?',
  ),
  configuration(
    'a field nobody knows',
    'podInitialBackofSeconds: 1\n',
    'k.yaml:3:1 podInitialBackofSeconds: unknown key "podInitialBackofSeconds"; did you mean "podInitialBackoffSeconds"?',
  ),
  configuration(
    'an argument nobody knows',
    'profiles:\n  - pluginConfig:\n      - name: NodeResourcesFit\n        args:\n          scoringStrategi: {}\n',
    'k.yaml:7:11 profiles.0.pluginConfig.0.args.scoringStrategi: unknown key "scoringStrategi"; ' +
      'did you mean "scoringStrategy"?',
  ),
  configuration(
    'two profiles of one name',
    'profiles:\n  - schedulerName: a\n  - schedulerName: a\n',
    'k.yaml:5:20 profiles.1.schedulerName: "a" is the name of two profiles',
  ),
  configuration(
    'a list that is text',
    'profiles: default-scheduler\n',
    'k.yaml:3:11 profiles: expected a list, got "default-scheduler"',
  ),
  {
    name: 'another version of the configuration',
    files: {
      's.yaml': 'scheduler: { configuration: k.yaml }\n',
      'k.yaml': 'apiVersion: kubescheduler.config.k8s.io/v1beta3\nkind: KubeSchedulerConfiguration\n',
    },
    expected:
      'k.yaml:1:13 apiVersion: expected "kubescheduler.config.k8s.io/v1", ' +
      'got "kubescheduler.config.k8s.io/v1beta3"',
  },
  {
    name: 'two configurations in one file',
    files: { 's.yaml': 'scheduler: { configuration: k.yaml }\n', 'k.yaml': 'a: 1\n---\nb: 1\n' },
    expected: 'k.yaml:3:1 a configuration is one document',
  },
  scenario(
    'a configuration that is not there',
    'scheduler:\n  configuration: k.yaml\n',
    's.yaml:2:18 scheduler.configuration: cannot read k.yaml: there is no such file',
  ),
  {
    name: 'a configuration beside profiles',
    files: {
      's.yaml': 'scheduler:\n  configuration: k.yaml\n  profile: default\n',
      'k.yaml': 'apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\n',
    },
    expected: 's.yaml:3:3 scheduler.profile: the profiles are those of "configuration"; leave "profile" out',
  },
]
