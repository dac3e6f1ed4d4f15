import test from 'ava'
import { applyManifest } from '../../../engine/apiserver/apply-manifest.js'
import { NEVER, SECOND } from '../../../engine/kernel/time.js'
import { firstAbove } from '../../../engine/kubelet/memory/first-above.js'
import type { Container, Labels, PodSpec } from '../../../engine/model/pod-spec.js'
import { PHASE_NAMES, type PodId, type ReasonId } from '../../../engine/state/ids.js'
import { LoadGroup } from '../../../engine/state/pod-loads.js'
import { WorkloadCluster } from '../../support/workload-cluster.js'

const GI = 2 ** 30

/** One node of 8 GiB and pods on it, whose containers are killed in a list. */
class Stage extends WorkloadCluster {
  constructor(annotations: Labels = {}) {
    super({ nodes: 0, controllers: [] })
    const status = { capacity: { cpu: '4', memory: '8Gi', pods: '110' } }
    const prefixed = Object.fromEntries(
      Object.entries(annotations).map(([name, value]) => [`kubelapse.io/${name}`, value]),
    )
    const metadata = { name: 'n', annotations: prefixed }
    applyManifest(this.api, { apiVersion: 'v1', kind: 'Node', metadata, status })
  }

  pod(
    name: string,
    annotations: Labels,
    container: Partial<Container> = {},
    spec: Partial<PodSpec> = {},
  ): PodId {
    const prefixed = Object.fromEntries(
      Object.entries(annotations).map(([key, value]) => [`kubelapse.io/${key}`, value]),
    )
    const full = { nodeName: 'n', containers: [{ name: 'c', ...container }], ...spec }
    const metadata = { name, namespace: 'default', annotations: prefixed, labels: { app: name } }
    return applyManifest(this.api, { apiVersion: 'v1', kind: 'Pod', metadata, spec: full }) as PodId
  }

  /** Container, exit code, reason and seconds of the last end of each container of the pod. */
  ends(pod: PodId): string[] {
    const ends = this.state.pods.terminations[pod] ?? []
    return ends.map(({ container, reason, exitCode, finishedAt }) => {
      return `${container} ${reason} ${exitCode} at ${Math.floor(finishedAt / SECOND)}`
    })
  }

  status(pod: PodId): string {
    const { pods, reasons } = this.state
    const waiting = pods.waiting[pod] < 0 ? '' : reasons.get(pods.waiting[pod] as ReasonId)
    return `${PHASE_NAMES[pods.phase[pod]]} ${pods.restarts[pod]} ${waiting}`.trim()
  }
}

function limits(memory: string): Partial<Container> {
  return { resources: { requests: { memory }, limits: { memory } } }
}

test('a container that grows above its limit is killed then, starts anew, and loops with back-off', t => {
  const stage = new Stage()
  // From half a GiB by one and a half in 300 s: above 1 GiB after 100 s. It runs from 1.004 s on.
  const pod = stage.pod('leaky', { 'memory-usage': '512Mi..2Gi/300s' }, limits('1Gi'))
  stage.runUntil(100 * SECOND)
  t.is(stage.status(pod), 'Running 0')
  stage.runUntil(102 * SECOND)
  t.is(stage.status(pod), 'Running 1')
  t.deepEqual(stage.ends(pod), ['c OOMKilled 137 at 101'])
  stage.runUntil(202 * SECOND)
  t.is(stage.status(pod), 'Running 1 CrashLoopBackOff')
  t.deepEqual(stage.ends(pod), ['c OOMKilled 137 at 201'])
  stage.runUntil(212 * SECOND)
  t.is(stage.status(pod), 'Running 2')
})

test('a pod that never restarts fails when its container is killed', t => {
  const stage = new Stage()
  const pod = stage.pod('once', { 'memory-usage': '2Gi' }, limits('1Gi'), { restartPolicy: 'Never' })
  stage.runUntil(10 * SECOND)
  t.is(stage.status(pod), 'Failed 0')
  t.is(stage.state.pods.exitCode[pod], 137)
  // Started at 1 s; filling its memory takes it a second.
  t.deepEqual(stage.ends(pod), ['c OOMKilled 137 at 2'])
})

test('of several containers the one above its limit is killed; a limit of the pod takes the worst of them', t => {
  const stage = new Stage()
  const usage = { 'memory-usage.a': '1Gi', 'memory-usage.b': '1.5Gi..2.5Gi/100s' }
  const containers = [
    { name: 'a', ...limits('3Gi') },
    { name: 'b', ...limits('2Gi') },
  ]
  const own = stage.pod('own', usage, {}, { containers })
  const ofPod = stage.pod(
    'of-pod',
    usage,
    {},
    {
      containers: [{ name: 'a' }, { name: 'b' }],
      resources: { limits: { memory: '3Gi' }, requests: { memory: '3Gi' } },
    },
  )
  stage.runUntil(60 * SECOND)
  // b is above 2 GiB after 50 s, and so the second pod above 3 GiB.
  t.deepEqual(stage.ends(own), ['b OOMKilled 137 at 51'])
  t.deepEqual(stage.ends(ofPod), ['b OOMKilled 137 at 51'])
  t.is(stage.status(own), 'Running 1')
})

test('when the machine runs out the kernel kills by use and adjustment: best effort before burstable, guaranteed last', t => {
  const stage = new Stage()
  const requests = (memory: string): Partial<Container> => ({ resources: { requests: { memory } } })
  const guaranteed = {
    resources: { requests: { cpu: '1', memory: '3Gi' }, limits: { cpu: '1', memory: '3Gi' } },
  }
  const pods = {
    guaranteed: stage.pod('guaranteed', { 'memory-usage': '3Gi' }, guaranteed),
    // 2 of 8 GiB requested: adjustment 750.
    burstable: stage.pod('burstable', { 'memory-usage': '2Gi' }, requests('2Gi')),
    // 100 MiB in use and adjustment 1000 make 8.1 GiB, more than 2 + 6 GiB of the other.
    bestEffort: stage.pod('best-effort', { 'memory-usage': '100Mi..4Gi/390s' }),
  }
  const killed = (): string[] =>
    Object.values(pods).flatMap(pod => stage.ends(pod).map(end => `${stage.state.pods.name[pod]} ${end}`))
  // 3 + 2 + 3 GiB: from 0.1 to 4 GiB in 390 s, above 3 GiB after 290 s or so.
  stage.runUntil(280 * SECOND)
  t.deepEqual(killed(), [])
  stage.runUntil(300 * SECOND)
  t.regex(killed().join(), /^best-effort c OOMKilled 137 at 29\d$/)
  t.deepEqual(
    stage.events.filter(({ reason }) => reason === 'SystemOOM').map(({ message }) => message),
    ['System OOM encountered, victim process: c'],
  )
})

test('all pods together may use what reservations leave; then one of them is killed, without a word of the system', t => {
  const stage = new Stage({ 'system-reserved': 'memory=4Gi' })
  stage.pod('small', { 'memory-usage': '1Gi' })
  const large = stage.pod('large', { 'memory-usage': '2Gi..4Gi/100s' })
  // 4 GiB are left to the pods: 1 + 3 after 50 s.
  stage.runUntil(52 * SECOND)
  t.deepEqual(stage.ends(large), ['c OOMKilled 137 at 51'])
  t.deepEqual(
    stage.events.filter(({ reason }) => reason === 'SystemOOM'),
    [],
  )
})

test('memory of loads counts, and rises when they do', t => {
  const stage = new Stage()
  const { state } = stage
  const pod = stage.pod('busy', {}, limits('1Gi'))
  stage.runUntil(10 * SECOND)
  const group = new LoadGroup(state.pods.namespaceOf(pod), state.pods.labelsOf(pod), '')
  state.podLoads.set(group, 10 * SECOND, [100, 0.5 * GI, 0, 0])
  state.podLoads.join(pod, group, 10 * SECOND)
  stage.runUntil(20 * SECOND)
  t.deepEqual(stage.ends(pod), [])
  state.podLoads.set(group, 20 * SECOND, [100, 1.5 * GI, 0, 0])
  stage.runUntil(25 * SECOND)
  // Killed at once, and a second after it was started again.
  t.deepEqual(stage.ends(pod), ['c OOMKilled 137 at 21'])
  state.podLoads.set(group, 25 * SECOND, [100, 0.5 * GI, 0, 0])
  stage.runUntil(300 * SECOND)
  t.is(stage.status(pod), 'Running 2')
})

test('a leak begins anew with its container', t => {
  const stage = new Stage()
  const pod = stage.pod('leaks', {}, limits('1Gi'))
  stage.runUntil(10 * SECOND)
  stage.kubelet.leakMemory(pod, { from: 0, to: 2 * GI, over: 200 * SECOND })
  stage.runUntil(111 * SECOND)
  t.deepEqual(stage.ends(pod), ['c OOMKilled 137 at 110'])
  stage.runUntil(209 * SECOND)
  t.is(stage.status(pod), 'Running 1')
  stage.kubelet.leakMemory(pod, undefined)
  stage.runUntil(400 * SECOND)
  t.is(stage.status(pod), 'Running 1', 'without the leak nothing is wrong')
})

test('where single processes are killed, a container of several goes on with what it started with', t => {
  const usage = { 'memory-usage': '512Mi..2Gi/300s', 'process-usage': '8' }
  const whole = new Stage({ 'max-pid': '1000' })
  const single = new Stage({ 'single-process-oom-kill': 'true' })
  const texts = [whole, single].map(stage => {
    const pod = stage.pod('workers', usage, limits('1Gi'))
    stage.runUntil(150 * SECOND)
    return stage.status(pod)
  })
  t.deepEqual(texts, ['Running 1', 'Running 0'])
})

test('memory within all limits costs no events', t => {
  const stage = new Stage()
  stage.pod('steady', { 'memory-usage': '512Mi..900Mi/1h' }, limits('1Gi'))
  stage.runUntil(60 * SECOND)
  const before = stage.kernel.executed
  stage.runUntil(7200 * SECOND)
  t.is(stage.kernel.executed, before)
})

for (const [rule, growths, constant, limit, expected] of [
  ['what does not grow exceeds at once or never', [], 5, 5, NEVER],
  ['more than the limit at once', [], 6, 5, 100],
  // 0 to 1000 in 1000 us from 50 on: above 300 at 351.
  ['a line crosses', [{ growth: { from: 0, to: 1000, over: 1000 }, since: 50 }], 0, 300, 351],
  [
    // 100 + 100 at 150, 1 + 1 a us from then on: above 300 at 201.
    'two lines add up',
    [
      { growth: { from: 0, to: 1000, over: 1000 }, since: 50 },
      { growth: { from: 0, to: 1000, over: 1000 }, since: 50 },
    ],
    0,
    300,
    201,
  ],
  [
    'a line that ends below never does',
    [{ growth: { from: 0, to: 300, over: 10 }, since: 0 }],
    0,
    300,
    NEVER,
  ],
] as const) {
  test(`memory above a limit: ${rule}`, t => {
    t.is(firstAbove(growths, constant, limit, 100), expected)
  })
}
