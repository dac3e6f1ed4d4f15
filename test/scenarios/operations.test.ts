import test from 'ava'
import { NEVER, type Operation, SECOND } from '../../engine/index.js'
import { OPERATIONS as ENGINE_OPERATIONS } from '../../engine/operator/index.js'
import { issuesOf, scenarioOf } from '../support/scenario-folder.js'

const WORLD = `duration: 1d
nodes:
  - { name: node, count: 2, capacity: { cpu: 4, memory: 16Gi } }
workloads:
  - apiVersion: apps/v1
    kind: Deployment
    metadata: { name: web }
    spec:
      selector: { matchLabels: { app: web } }
      template:
        metadata: { labels: { app: web } }
        spec: { containers: [{ name: main, image: "app:v1" }] }
  - apiVersion: batch/v1
    kind: CronJob
    metadata: { name: tick }
    spec:
      schedule: "* * * * *"
      jobTemplate:
        spec:
          template:
            metadata: { labels: { app: tick } }
            spec: { restartPolicy: Never, containers: [{ name: main, image: "app:v1" }] }
`

const WEB = { kind: 'Deployment', namespace: 'default', name: 'web' }
const AT = { at: 5 * SECOND }

/** An entry of a timeline, and the operation it becomes. */
const ENTRIES: readonly (readonly [string, Operation])[] = [
  ['op: scale, name: web, replicas: 3', { op: 'scale', ...AT, ...WEB, replicas: 3 }],
  [
    'op: patch, kind: Deployment, name: web, patch: { spec: { replicas: 2 } }',
    { op: 'patch', ...AT, ...WEB, type: 'strategic', patch: { spec: { replicas: 2 } } },
  ],
  [
    'op: patch, kind: Node, name: node-0, type: json, patch: [{ op: remove, path: /metadata/labels/a }]',
    {
      op: 'patch',
      ...AT,
      kind: 'Node',
      namespace: '',
      name: 'node-0',
      type: 'json',
      patch: [{ op: 'remove', path: '/metadata/labels/a' }],
    },
  ],
  [
    'op: setImage, name: web, images: { "*": "app:v2" }',
    { op: 'set-image', ...AT, ...WEB, images: { '*': 'app:v2' } },
  ],
  ['op: pauseRollout, name: web', { op: 'pause-rollout', ...AT, ...WEB }],
  ['op: resumeRollout, name: web', { op: 'resume-rollout', ...AT, ...WEB }],
  ['op: restartRollout, name: web', { op: 'restart-rollout', ...AT, ...WEB }],
  ['op: undoRollout, name: web', { op: 'undo-rollout', ...AT, ...WEB, toRevision: 0 }],
  [
    'op: suspend, name: tick',
    { op: 'suspend', ...AT, kind: 'CronJob', namespace: 'default', name: 'tick', suspended: true },
  ],
  [
    'op: triggerCronJob, cronJob: tick, name: now',
    { op: 'trigger-cron-job', ...AT, namespace: 'default', cronJob: 'tick', name: 'now' },
  ],
  [
    'op: delete, kind: Deployment, names: [web], propagation: Orphan',
    {
      op: 'delete',
      ...AT,
      kind: 'Deployment',
      namespace: 'default',
      names: ['web'],
      propagation: 'Orphan',
    },
  ],
  [
    'op: delete, kind: Pod, selector: "app in (web, tick)", count: 2, gracePeriodSeconds: 0',
    {
      op: 'delete',
      ...AT,
      kind: 'Pod',
      namespace: 'default',
      names: [],
      selector: 'app in (web, tick)',
      count: 2,
      gracePeriodSeconds: 0,
    },
  ],
  ['op: cordon, nodes: [node-0]', { op: 'cordon', ...AT, nodes: ['node-0'] }],
  ['op: uncordon, nodes: [node-0]', { op: 'uncordon', ...AT, nodes: ['node-0'] }],
  [
    'op: drain, nodes: [node-0, node-1], cordonAllFirst: true',
    {
      op: 'drain',
      ...AT,
      nodes: ['node-0', 'node-1'],
      retryAfter: 5 * SECOND,
      timeout: NEVER,
      cordonAllFirst: true,
    },
  ],
  [
    'op: drain, selector: a=b, pools: [node], force: false, gracePeriodSeconds: 5, timeout: 1m, parallel: 3',
    {
      op: 'drain',
      ...AT,
      nodes: [],
      selector: 'a=b',
      pools: [0],
      retryAfter: 5 * SECOND,
      timeout: 60 * SECOND,
      force: false,
      gracePeriodSeconds: 5,
      cordonAllFirst: true,
      parallel: 3,
    },
  ],
  [
    'op: reboot, nodes: [node-0], downFor: { exponential: { mean: 2m } }, parallel: 0, drain: { timeout: 1m }',
    {
      op: 'reboot',
      ...AT,
      nodes: ['node-0'],
      downFor: { exponential: { mean: 120 } },
      parallel: Number.POSITIVE_INFINITY,
      pause: 0,
      drain: { retryAfter: 5 * SECOND, timeout: 60 * SECOND },
      afterFailedDrain: 'stop',
    },
  ],
  [
    'op: upgradeNodes, pools: [node], maxSurge: "20%", orderBy: zone, version: v1.37.0, afterFailedDrain: force',
    {
      op: 'upgrade-nodes',
      ...AT,
      nodes: [],
      pools: [0],
      replace: true,
      maxSurge: '20%',
      maxUnavailable: 0,
      orderBy: 'zone',
      version: 'v1.37.0',
      labels: {},
      bootTime: { constant: { value: 60 } },
      downFor: { constant: { value: 60 } },
      pause: 0,
      pauseBetweenGroups: 0,
      drain: { retryAfter: 5 * SECOND, timeout: NEVER },
      afterFailedDrain: 'force',
    },
  ],
  [
    'op: reclaimNodes, selector: spot=yes, pick: 3, taint: [{ key: spot, effect: NoSchedule }]',
    {
      op: 'reclaim-nodes',
      ...AT,
      nodes: [],
      selector: 'spot=yes',
      pick: 3,
      notice: 120 * SECOND,
      isHandled: true,
      taint: { key: 'spot', effect: 'NoSchedule' },
      drain: { retryAfter: 5 * SECOND, timeout: NEVER },
      removal: 'cloud',
    },
  ],
  [
    'op: terminateNodes, nodes: [node-0], replacedAfter: { constant: { value: 3m } }',
    {
      op: 'terminate-nodes',
      ...AT,
      nodes: ['node-0'],
      isGraceful: true,
      removal: 'cloud',
      replacedAfter: { constant: { value: 180 } },
    },
  ],
  [
    'op: evict, selector: app=web',
    { op: 'evict', ...AT, namespace: 'default', names: [], selector: 'app=web' },
  ],
  [
    'op: taint, nodes: [node-0], add: [{ key: gpu, effect: NoExecute }], remove: ["old:NoSchedule"]',
    {
      op: 'taint',
      ...AT,
      nodes: ['node-0'],
      add: [{ key: 'gpu', effect: 'NoExecute' }],
      remove: ['old:NoSchedule'],
    },
  ],
  [
    'op: condition, nodes: [node-0], type: MemoryPressure, status: "True"',
    {
      op: 'condition',
      ...AT,
      nodes: ['node-0'],
      type: 'MemoryPressure',
      status: 'True',
      reason: 'SetByScenario',
    },
  ],
  ['op: killNode, nodes: [node-1]', { op: 'kill-node', ...AT, nodes: ['node-1'] }],
  ['op: reviveNode, nodes: [node-1]', { op: 'revive-node', ...AT, nodes: ['node-1'] }],
  [
    'op: podReady, selector: app=web, ready: false',
    { op: 'pod-ready', ...AT, namespace: 'default', selector: 'app=web', ready: false },
  ],
  [
    'op: load, app: web, total: 1500m, maxPerPod: 1',
    { op: 'load', ...AT, app: 'web', totalMilliCPU: 1500, maxMilliCPU: 1000 },
  ],
  [
    'op: provisioner, name: csi.example.com',
    { op: 'provisioner', ...AT, name: 'csi.example.com', createDelay: SECOND, deleteDelay: SECOND },
  ],
  ['op: createNodes, pool: node', { op: 'create-nodes', ...AT, pool: 0, names: ['node-2'] }],
]

for (const [entry, operation] of ENTRIES) {
  test(`a timeline knows ${entry}`, async t => {
    const { variants } = await scenarioOf({ 's.yaml': `${WORLD}timeline:\n  - { at: 5s, ${entry} }\n` })
    t.deepEqual(variants[0].model.operations.at(-1), operation)
  })
}

test('every operation of the engine has an entry for timelines', t => {
  const tried = new Set<string>(ENTRIES.map(([, { op }]) => op))
  // These two are tried with their own faults elsewhere.
  for (const op of ['apply', 'create-pods']) tried.add(op)
  t.deepEqual(
    Object.keys(ENGINE_OPERATIONS).filter(op => !tried.has(op)),
    [],
  )
})

const FAULTS: readonly (readonly [string, string])[] = [
  [
    'op: scale, name: wbe, replicas: 3',
    'there is no Deployment "wbe" in namespace default; did you mean "web"?',
  ],
  ['op: scale, kind: DaemonSet, name: web, replicas: 3', 'expected Deployment, ReplicaSet'],
  ['op: delete, kind: Pod', 'give either "names" or "selector"'],
  ['op: evict, names: [a], selector: a=b', 'give either "names" or "selector"'],
  ['op: evict, selector: "a in"', 'unable to parse requirement'],
  ['op: patch, kind: Deployment, name: web, type: json, patch: {}', 'a json patch is a list of steps'],
  [
    'op: patch, kind: Deployment, name: web, patch: { spec: { replicas: abc } }',
    'timeline.0.patch.spec.replicas: Deployment "web" would have a mistake in spec.replicas: expected a whole number',
  ],
  [
    'op: patch, kind: Deployment, name: web, patch: { spec: { selector: { matchLabels: { app: shop } } } }',
    'would have a mistake in spec.template.metadata.labels',
  ],
  [
    'op: patch, kind: CronJob, name: tick, type: merge, patch: { spec: { jobTemplate: null } }',
    'would have a mistake in spec: "jobTemplate" is missing',
  ],
  [
    'op: patch, kind: Deployment, name: web, type: json, patch: [{ op: add, path: /spec/replicas, value: -1 }]',
    'would have a mistake in spec.replicas: Invalid value: -1',
  ],
  [
    'op: patch, kind: Deployment, name: web, type: json, patch: [{ op: relace, path: /spec/replicas, value: 1 }]',
    'patch.0.op: a step has an "op" of add, remove',
  ],
  ['op: load, app: web', 'give either "total" or "perPod"'],
  ['op: load, app: web, total: lots', 'is no quantity'],
  ['op: drain, nodes: [node-7]', 'there is no Node "node-7"'],
  ['op: drain', 'which nodes? Give "nodes", "selector" or "pools"'],
  ['op: drain, pools: [nodes]', 'there is no node pool "nodes"; did you mean "node"?'],
  ['op: drain, nodes: [node-0], podSelector: "a in"', 'unable to parse requirement'],
  ['op: reboot, nodes: [node-0], downFor: { constant: { value: soon } }', 'soon'],
  [
    'op: upgradeNodes, pools: [node], maxSurge: many',
    'is neither a number of nodes nor a share such as "10%"',
  ],
  ['op: upgradeNodes, pools: [node], drain: { podSelector: "a in" }', 'unable to parse requirement'],
  ['op: reclaimNodes, selector: "a in"', 'unable to parse requirement'],
  ['op: terminateNodes', 'which nodes? Give "nodes", "selector" or "pools"'],
  ['op: triggerCronJob, cronJob: tock, name: now', 'there is no CronJob "tock" in namespace default'],
]

for (const [entry, message] of FAULTS) {
  test(`a timeline refuses ${entry}`, async t => {
    const issues = await issuesOf({ 's.yaml': `${WORLD}timeline:\n  - { at: 5s, ${entry} }\n` })
    t.is(issues.length, 1, JSON.stringify(issues))
    t.true(issues[0].includes(message), issues[0])
  })
}

test('patches are checked in the order of time, each over what those before it left', async t => {
  const patch = (at: string, change: string): string =>
    `  - { at: ${at}, op: patch, kind: Deployment, name: web, type: json, patch: [${change}] }\n`
  const number = patch('9s', '{ op: replace, path: /spec/template/metadata/labels/team, value: 5 }')
  const team = patch('5s', '{ op: add, path: /spec/template/metadata/labels/team, value: shop }')
  const issues = await issuesOf({ 's.yaml': `${WORLD}timeline:\n${number}${team}` })
  t.is(issues.length, 1, JSON.stringify(issues))
  t.true(issues[0].includes('timeline.0.patch: Deployment "web" would have a mistake'), issues[0])
})

test('rules give pods a behaviour: the first that speaks of a field counts, annotations go before', async t => {
  const rules = `behaviour:
  - { name: web, start: 3s, memory: "64Mi..1Gi/1h" }
  - { kind: CronJob, crashAfter: 90s }
  - { selector: "app in (web, tick)", start: 9s, ready: never, stop: 1.5s }
  - { namespace: other, run: 1s }
timeline:
  - { at: 1s, op: createPods, name: web, count: 1, requests: { cpu: 1, memory: 1Gi }, labels: { app: web } }
`
  const { variants } = await scenarioOf({ 's.yaml': WORLD + rules })
  const { operations, podTemplates } = variants[0].model
  const template = (kind: string) => {
    const found = operations.find(operation => operation.op === 'apply' && operation.manifest.kind === kind)
    const { manifest } = found as Extract<Operation, { op: 'apply' }>
    return manifest['spec'] as {
      readonly template: { readonly metadata: { readonly annotations: object } }
      readonly jobTemplate: { readonly spec: { readonly template: { readonly metadata: object } } }
    }
  }
  const web = {
    'kubelapse.io/start-seconds': '3',
    'kubelapse.io/ready-seconds': 'never',
    'kubelapse.io/stop-seconds': '1.5',
    'kubelapse.io/memory-usage': '64Mi..1Gi/1h',
  }
  t.deepEqual(template('Deployment').template.metadata.annotations, web)
  t.deepEqual(podTemplates[0].template.annotations, web)
  t.like(template('CronJob').jobTemplate.spec.template.metadata, {
    annotations: {
      'kubelapse.io/start-seconds': '9',
      'kubelapse.io/run-seconds': '90',
      'kubelapse.io/exit-code': '1',
    },
  })
})
