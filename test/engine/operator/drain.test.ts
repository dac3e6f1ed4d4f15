import test from 'ava'
import { NEVER, SECOND } from '../../../engine/kernel/time.js'
import type { Manifest } from '../../../engine/model/manifest.js'
import type { DrainSettings } from '../../../engine/model/node-operations.js'
import type { Operation } from '../../../engine/model/operations.js'
import type { OperationOutcome } from '../../../engine/operator/operation.js'
import { simulate } from '../../../engine/simulation.js'
import { type Row, rowsOfTables } from '../../../reports/audit/rows.js'
import { warningsOf } from '../../../reports/terminal/warnings.js'
import { model, pool } from '../../support/model.js'

interface PodOptions {
  readonly kind?: string
  readonly replicas?: number
  readonly cpu?: string
  readonly spec?: Readonly<Record<string, unknown>>
  readonly annotations?: Readonly<Record<string, string>>
}

function workload(name: string, options: PodOptions = {}): Manifest {
  const { kind = 'Deployment', replicas = 4, cpu = '100m', spec = {}, annotations = {} } = options
  const containers = [{ name: 'main', image: 'app:1', resources: { requests: { cpu } } }]
  const template = { metadata: { labels: { app: name }, annotations }, spec: { containers, ...spec } }
  const metadata = { name, namespace: 'default' }
  if (kind === 'Pod')
    return { apiVersion: 'v1', kind, ...template, metadata: { ...template.metadata, ...metadata } }
  const selector = { matchLabels: { app: name } }
  const size = kind === 'DaemonSet' ? {} : { replicas }
  return { apiVersion: 'apps/v1', kind, metadata, spec: { ...size, selector, template } }
}

function budget(name: string, app: string, spec: Readonly<Record<string, unknown>>): Manifest {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name, namespace: 'default' },
    spec: { selector: { matchLabels: { app } }, ...spec },
  }
}

interface RunOptions {
  readonly manifests: readonly Manifest[]
  readonly drain?: Partial<DrainSettings>
  readonly nodes?: number
  readonly milliCPU?: number
  /** The nodes drained; the first one unless given. */
  readonly drained?: readonly string[]
  readonly parallel?: number
  readonly more?: readonly Operation[]
  /** Second of the drain. */
  readonly at?: number
}

/**
 * A drain at 60 s unless said otherwise, and four minutes after it: its records, the outcomes of operations
 * and what a reader is warned of.
 */
function run({ manifests, drain = {}, more = [], ...options }: RunOptions) {
  const { nodes = 2, milliCPU = 4000, at = 60, drained = ['node-0-0'], parallel } = options
  const outcomes: OperationOutcome[] = []
  const result = simulate(
    model({
      nodes,
      nodePools: [pool('pool', { milliCPU })],
      until: (at + 240) * SECOND,
      operations: [
        ...manifests.map((manifest): Operation => ({ op: 'apply', at: SECOND, manifest })),
        ...more,
        {
          op: 'drain',
          at: at * SECOND,
          nodes: drained,
          retryAfter: 5 * SECOND,
          timeout: NEVER,
          cordonAllFirst: false,
          ...drain,
          ...(parallel === undefined ? {} : { parallel }),
        },
      ],
    }),
    {
      records: ['drains', 'drain-blockers', 'evictions', 'pods'],
      outcomes: { operated: outcome => outcomes.push(outcome) },
    },
  )
  const rows = rowsOfTables(result.records)
  const of = (name: string): readonly Row[] => rows.get(name) ?? []
  const errors = outcomes.flatMap(({ details }) =>
    typeof details['error'] === 'string' ? [details['error']] : [],
  )
  return { of, errors, values: result.summary.values, warnings: warningsOf(result), outcomes }
}

const EMPTY_DIR = { volumes: [{ name: 'scratch', emptyDir: {} }] }

/** What a flag's absence or presence makes of a drain: its outcome, evictions and what kubectl says. */
const FLAGS: readonly {
  readonly what: string
  readonly manifest: Manifest
  readonly drain: Partial<DrainSettings>
  readonly outcome: string
  readonly says?: RegExp
}[] = [
  {
    what: 'a bare pod keeps the drain from beginning without --force',
    manifest: workload('bare', { kind: 'Pod', spec: { nodeName: 'node-0-0' } }),
    drain: { force: false },
    outcome: 'refused',
    says: /^cannot delete Pods that declare no controller \(use --force to override\): default\/bare$/,
  },
  {
    what: 'a bare pod is evicted with --force',
    manifest: workload('bare', { kind: 'Pod', spec: { nodeName: 'node-0-0' } }),
    drain: {},
    outcome: 'drained',
  },
  {
    what: 'pods with an emptyDir keep the drain from beginning without --delete-emptydir-data',
    manifest: workload('web', { spec: EMPTY_DIR }),
    drain: { deleteEmptyDirData: false },
    outcome: 'refused',
    says: /local storage \(use --delete-emptydir-data to override\): default\/web-/,
  },
  {
    what: 'pods of DaemonSets keep the drain from beginning without --ignore-daemonsets',
    manifest: workload('agent', { kind: 'DaemonSet' }),
    drain: { ignoreDaemonSets: false },
    outcome: 'refused',
    says: /DaemonSet-managed Pods \(use --ignore-daemonsets to ignore\): default\/agent-/,
  },
  {
    what: 'pods of DaemonSets are passed over with --ignore-daemonsets',
    manifest: workload('agent', { kind: 'DaemonSet' }),
    drain: {},
    outcome: 'drained',
  },
  {
    what: 'only pods of --pod-selector go, and others keep nothing back',
    manifest: workload('bare', { kind: 'Pod', spec: { nodeName: 'node-0-0' } }),
    drain: { force: false, podSelector: 'app=web' },
    outcome: 'drained',
  },
]

for (const { what, manifest, drain, outcome, says } of FLAGS) {
  test(what, t => {
    const { of, errors } = run({ manifests: [manifest], drain })
    const [row] = of('drains')
    t.is(row['outcome'], outcome)
    t.is(row['as_foreseen'], '1')
    if (says !== undefined) t.regex(errors[0], says)
    t.is(errors.length, says === undefined ? 0 : 1)
  })
}

test('without evictions pods are deleted past their budget, in a round trip each, within the grace given', t => {
  const manifests = [workload('web'), budget('web', 'web', { maxUnavailable: 0 })]
  const { of, values } = run({ manifests, drain: { disableEviction: true, gracePeriodSeconds: 0 } })
  const [row] = of('drains')
  t.like(row, { outcome: 'drained', evicted: 0, refused: 0, foreseen: '', as_foreseen: '1' })
  t.is(of('evictions').length, 0)
  // Pods without grace go at once, so the first look finds them gone.
  t.true(Number(row['to_s']) - 60 < 1, String(row['to_s']))
  t.is(values['drains_undrained'], 0)
})

test('a pod that should have gone long ago is not waited for with --skip-wait-for-delete-timeout', t => {
  // The kubelet is silent from 30 s on, so pods deleted at 32 s with a grace of 1 s stay for ever.
  const more: Operation[] = [
    { op: 'kill-node', at: 30 * SECOND, nodes: ['node-0-0'] },
    {
      op: 'delete',
      at: 32 * SECOND,
      kind: 'Pod',
      namespace: 'default',
      names: [],
      selector: 'app=web',
      gracePeriodSeconds: 1,
    },
  ]
  const manifests = [workload('web', { spec: { tolerations: [{ operator: 'Exists' }] } })]
  const waits = run({ manifests, more, drain: { timeout: 60 * SECOND } })
  t.is(waits.of('drains')[0]['outcome'], 'timed out')
  const skips = run({ manifests, more, drain: { timeout: 60 * SECOND, skipWaitForDeleteTimeoutSeconds: 5 } })
  t.is(skips.of('drains')[0]['outcome'], 'drained')
})

test('a drain that cannot be drained does not keep the next node from its turn', t => {
  const manifests = [workload('bare', { kind: 'Pod', spec: { nodeName: 'node-0-0' } }), workload('web')]
  const { of } = run({ manifests, nodes: 3, drained: ['node-0-0', 'node-0-1'], drain: { force: false } })
  t.deepEqual(
    of('drains').map(({ node, outcome }) => [node, outcome]),
    [
      ['node-0-0', 'refused'],
      ['node-0-1', 'drained'],
    ],
  )
})

test('nodes are drained side by side when several people drain', t => {
  const manifests = [workload('web', { replicas: 6 })]
  const { of } = run({ manifests, nodes: 3, drained: ['node-0-0', 'node-0-1'], parallel: 2 })
  t.deepEqual(
    of('drains').map(row => row['from_s']),
    [60, 60],
  )
})

/** Drains that can never end: what is foreseen at their beginning, which comes so. */
const DEADLOCKS: readonly {
  readonly what: string
  readonly manifests: readonly Manifest[]
  readonly kind: string
  readonly reason: RegExp
  readonly options?: Partial<RunOptions>
}[] = [
  {
    what: 'minAvailable as many as there are pods',
    manifests: [workload('web'), budget('web', 'web', { minAvailable: 4 })],
    kind: 'budget allows nothing',
    reason: /^minAvailable 4 wants 4 healthy pods, and there are never more than 4$/,
  },
  {
    what: 'a share of minAvailable that rounds up to all pods',
    manifests: [workload('web'), budget('web', 'web', { minAvailable: '80%' })],
    kind: 'budget allows nothing',
    reason: /^minAvailable 80% wants 4 healthy pods/,
  },
  {
    what: 'maxUnavailable 0',
    manifests: [workload('web'), budget('web', 'web', { maxUnavailable: 0 })],
    kind: 'budget allows nothing',
    reason: /^maxUnavailable 0 wants 4/,
  },
  {
    what: 'two budgets of one pod, at which kubectl gives up',
    manifests: [
      workload('web'),
      budget('one', 'web', { maxUnavailable: 2 }),
      budget('two', 'web', { maxUnavailable: 2 }),
    ],
    kind: 'several budgets',
    reason: /^more than one budget selects the pod/,
  },
  {
    what: 'a share of pods whose size nobody knows',
    manifests: [
      workload('agent', { kind: 'Job', spec: { restartPolicy: 'Never' } }),
      budget('agent', 'agent', { maxUnavailable: 1 }),
    ].map(manifest =>
      manifest.kind === 'Job' ? { ...manifest, apiVersion: 'batch/v1', spec: jobSpec(manifest) } : manifest,
    ),
    kind: 'budget cannot be computed',
    reason: /jobs\.batch does not implement the scale subresource/,
  },
  {
    what: 'pods that never get ready under IfHealthyBudget',
    manifests: [
      workload('web', { replicas: 4, annotations: { 'kubelapse.io/ready-seconds': 'never' } }),
      budget('web', 'web', { maxUnavailable: 1 }),
    ],
    kind: 'unhealthy pods',
    reason: /^maxUnavailable 1 wants 3 healthy pods, and no more than 0 can be: web-\S+ is not ready/,
    // What has not become ready in ten minutes is not on its way.
    options: { at: 700 },
  },
  {
    what: 'no room for replacements',
    manifests: [workload('web', { cpu: '1500m' }), budget('web', 'web', { maxUnavailable: 1 })],
    kind: 'no room',
    reason: /^1 of its pods may be missing, 2 are on the node, and elsewhere is room for 0$/,
  },
]

function jobSpec({ spec }: Manifest): Record<string, unknown> {
  const { template } = spec as { template: unknown }
  return { parallelism: 4, completions: 4, template }
}

for (const { what, manifests, kind, reason, options = {} } of DEADLOCKS) {
  test(`a drain is foreseen to be held up for ever by ${what}, and is`, t => {
    const { of, values, warnings } = run({ manifests, drain: { timeout: 100 * SECOND }, ...options })
    const [found] = of('drain-blockers')
    t.is(found?.['kind'], kind)
    t.regex(String(found['reason']), reason)
    t.is(found['foreseen_s'], options.at ?? 60)
    t.is(found['held'], 1)
    t.like(of('drains')[0], { as_foreseen: '1' })
    t.not(of('drains')[0]['outcome'], 'drained')
    t.is(values['drains_confirmed'], 1)
    t.true(
      warnings.some(warning => warning.includes(`cannot end, ${kind}`)),
      warnings.join('\n'),
    )
  })
}

/** Drains that end: nothing is foreseen about them. */
const ALLOWED: readonly (readonly [what: string, manifests: readonly Manifest[]])[] = [
  [
    'a budget that one pod at a time can go under',
    [workload('web'), budget('web', 'web', { minAvailable: 3 })],
  ],
  [
    'unready pods under AlwaysAllow',
    [
      workload('web', { annotations: { 'kubelapse.io/ready-seconds': 'never' } }),
      budget('web', 'web', { maxUnavailable: 1, unhealthyPodEvictionPolicy: 'AlwaysAllow' }),
    ],
  ],
  ['a budget of other pods', [workload('web'), budget('db', 'db', { maxUnavailable: 0 })]],
]

for (const [what, manifests] of ALLOWED) {
  test(`nothing is foreseen about ${what}`, t => {
    const { of, values } = run({ manifests })
    t.deepEqual(of('drain-blockers'), [])
    t.like(of('drains')[0], { outcome: 'drained', as_foreseen: '1', foreseen: '' })
    t.like(values, { drains: 1, drains_undrained: 0, drains_foreseen: 0, drains_unforeseen: 0 })
  })
}

test('looking for pods that stay where they are costs no events', t => {
  // A silent kubelet never removes the pods: an hour of looks every second, none of which finds anything.
  const events = (until: number): number => {
    const result = simulate(
      model({
        nodes: 2,
        until: until * SECOND,
        operations: [
          { op: 'apply', at: SECOND, manifest: workload('web') },
          { op: 'kill-node', at: 30 * SECOND, nodes: ['node-0-0'] },
          {
            op: 'drain',
            at: 31 * SECOND,
            nodes: ['node-0-0'],
            retryAfter: 5 * SECOND,
            timeout: NEVER,
            cordonAllFirst: false,
          },
        ],
      }),
    )
    return result.digest.events
  }
  t.true(events(3600) - events(600) < 20, String(events(3600) - events(600)))
})
