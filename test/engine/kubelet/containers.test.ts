import test from 'ava'
import { PodDraft } from '../../../engine/apiserver/pod-draft.js'
import { SECOND } from '../../../engine/kernel/time.js'
import { stopOf } from '../../../engine/kubelet/containers/stop-times.js'
import type { PodSpec } from '../../../engine/model/pod-spec.js'
import { NONE, PHASE_NAMES, type PodId, type ReasonId } from '../../../engine/state/ids.js'
import { WorkloadCluster } from '../../support/workload-cluster.js'

/** What a pod was at its changes: whole tenths of a second since the kubelet saw it. */
interface Change {
  readonly at: number
  readonly text: string
}

class OnePod {
  readonly cluster = new WorkloadCluster({ nodes: 1 })
  readonly changes: Change[] = []
  readonly pod: PodId
  #last = ''

  constructor(spec: Partial<PodSpec>, annotations: Readonly<Record<string, string>> = {}) {
    const { state, api } = this.cluster
    const draft = new PodDraft()
    draft.namespace = state.namespaceId('default')
    draft.name = 'p'
    const full = { containers: [{ name: 'app', image: 'app:v1' }], ...spec }
    const prefixed = Object.entries(annotations).map(([name, value]) => [`kubelapse.io/${name}`, value])
    draft.template = state.templateId({ spec: full, annotations: Object.fromEntries(prefixed) })
    this.pod = api.pods.create(draft, 0) as PodId
  }

  /** Seconds since the pod's start, in which it is watched every tenth. */
  until(seconds: number): this {
    const { kernel, state } = this.cluster
    const { pods } = state
    for (let at = kernel.now; ; at += SECOND / 10) {
      kernel.run({ until: at })
      const isThere = pods.exists(this.pod)
      const waiting =
        pods.waiting[this.pod] === NONE ? '' : state.reasons.get(pods.waiting[this.pod] as ReasonId)
      const parts = [
        PHASE_NAMES[pods.phase[this.pod]],
        pods.ready[this.pod] === 1 ? 'ready' : '',
        pods.restarts[this.pod] > 0 ? `restarts ${pods.restarts[this.pod]}` : '',
        waiting,
      ]
      const text = isThere ? parts.filter(part => part !== '').join(' ') : 'gone'
      if (text !== this.#last) this.changes.push({ at: Math.floor(at / (SECOND / 10)) / 10, text })
      this.#last = text
      if (at >= seconds * SECOND || !isThere) return this
    }
  }

  delete(): this {
    const { api, state } = this.cluster
    api.pods.delete(this.pod, state.pods.uid[this.pod])
    return this
  }

  get texts(): string[] {
    return this.changes.map(({ at, text }) => `${at} ${text}`)
  }
}

// The pod is bound after 20 ms and seen 4 ms later; its first container takes a second to start.
test('init containers run one after another, and the others when the last has ended well', t => {
  const { texts } = new OnePod(
    { initContainers: [{ name: 'one' }, { name: 'two' }] },
    { 'run-seconds.one': '3', 'run-seconds.two': '2', 'ready-seconds': '4' },
  ).until(20)
  // 1 s to start, 3 s and 2 s of init containers: running at 6.02 s, ready at 10.02 s.
  t.deepEqual(texts, ['0 Pending', '6.1 Running', '10.1 Running ready'])
})

test('an init container that fails is started again with back-off, or fails the pod that never restarts', t => {
  const init = { initContainers: [{ name: 'one' }] }
  const failing = { 'exit-code.one': '1,1,0' }
  const again = new OnePod(init, failing).until(20)
  // Runs of 1 s from 1 s on; the first restart at once, the second after 10 s: it ends at 14 s.
  t.deepEqual(again.texts, [
    '0 Pending',
    '2.1 Pending restarts 1',
    '3.1 Pending restarts 1 CrashLoopBackOff',
    '13.1 Pending restarts 2',
    '14.1 Running ready restarts 2',
  ])
  const never = new OnePod({ ...init, restartPolicy: 'Never' }, failing).until(20)
  t.deepEqual(never.texts, ['0 Pending', '2.1 Failed'])
})

test('a sidecar starts before what comes after it, runs on, and does not keep a pod from ending', t => {
  const sidecar = { name: 'proxy', restartPolicy: 'Always' as const }
  const { texts } = new OnePod(
    { initContainers: [sidecar, { name: 'two' }], restartPolicy: 'Never' },
    { 'run-seconds': '5', 'stop-seconds.proxy': '2' },
  ).until(20)
  // The proxy at 1 s, the init container until 2 s, the application until 7 s, the proxy until 9 s.
  t.deepEqual(texts, ['0 Pending', '2.1 Running ready', '9.1 Succeeded'])
})

test('a readiness probe sees on its grid that the application answers, and that it no longer does', t => {
  const readinessProbe = { periodSeconds: 5, failureThreshold: 2, initialDelaySeconds: 3 }
  const { texts } = new OnePod(
    { containers: [{ name: 'app', readinessProbe }] },
    { 'ready-seconds': '6', 'unready-seconds': '21' },
  ).until(60)
  // The grid begins when the pod is seen, at 0.024 s; the application runs from 1.024 s and answers from 7.024 to 22.024 s:
  // the first good answer at 10.024 s, bad ones at 25.024 and 30.024 s.
  t.deepEqual(texts, ['0 Pending', '1.1 Running', '10.1 Running ready', '30.1 Running'])
})

test('a startup probe holds the others back; a hung container is killed and started again', t => {
  const startupProbe = { periodSeconds: 2, failureThreshold: 10 }
  const livenessProbe = { periodSeconds: 10, failureThreshold: 3 }
  const { texts } = new OnePod(
    { containers: [{ name: 'app', startupProbe, livenessProbe }] },
    { 'ready-seconds': '6', 'hung-seconds': '30', 'stop-seconds': '2' },
  ).until(90)
  // Running at 1.024 s, answers from 7.024 s: started at 8.024 s. Bad answers at 40, 50 and 60 s: killed by 62 s, then
  // again running at once and started with the probe at 68 s.
  t.deepEqual(texts, [
    '0 Pending',
    '1.1 Running',
    '8.1 Running ready',
    '60.1 Running',
    '62.1 Running restarts 1',
    '68.1 Running ready restarts 1',
  ])
})

test('a startup probe that never passes has the container killed in its time', t => {
  const startupProbe = { periodSeconds: 5, failureThreshold: 3 }
  const { texts } = new OnePod(
    { containers: [{ name: 'app', startupProbe }] },
    { 'ready-seconds': 'never' },
  ).until(20)
  // Bad answers at 5, 10 and 15 s.
  t.deepEqual(texts, ['0 Pending', '1.1 Running', '16.1 Running restarts 1'])
})

test('rules of a container decide by its exit code, and can restart all', t => {
  const rule = (action: 'Restart' | 'RestartAllContainers') =>
    [{ action, exitCodes: { operator: 'In' as const, values: [42] } }] as const
  const run = (action: 'Restart' | 'RestartAllContainers') =>
    new OnePod(
      {
        restartPolicy: 'Never',
        initContainers: [{ name: 'one' }],
        containers: [{ name: 'app', restartPolicy: 'Never', restartPolicyRules: rule(action) }],
      },
      { 'run-seconds': '4', 'exit-code.app': '42,0' },
    ).until(20).texts
  // Init until 2 s, the application until 6 s; again at once until 10 s.
  t.deepEqual(run('Restart'), [
    '0 Pending',
    '2.1 Running ready',
    '6.1 Running ready restarts 1',
    '10.1 Succeeded restarts 1',
  ])
  // With all of them the init container runs again: 6 + 1 + 4 = 11 s.
  const all = run('RestartAllContainers')
  t.is(all.at(-1), '11.1 Succeeded restarts 2')
})

test('PreStop goes before the stop, both within the grace; sidecars stop after the others', t => {
  const containers = [{ name: 'app', lifecycle: { preStop: { sleep: { seconds: 5 } } } }]
  const sidecar = { name: 'proxy', restartPolicy: 'Always' as const }
  const gone = (annotations: Readonly<Record<string, string>>): number | undefined => {
    const one = new OnePod(
      { containers, initContainers: [sidecar], terminationGracePeriodSeconds: 20 },
      annotations,
    )
    return one.until(10).delete().until(60).changes.at(-1)?.at
  }
  // 5 s of hook, 3 s to stop, 2 s of the sidecar.
  t.is(gone({ 'stop-seconds.app': '3', 'stop-seconds.proxy': '2' }), 20.1)
  // Killed at the end of its 20 s; the sidecar still has two seconds of its own, whatever it would need.
  t.is(gone({ 'stop-seconds.app': '40', 'stop-seconds.proxy': '5' }), 32.1)
  // Hooks of all run at once: that of the sidecar is over when its turn comes.
  t.is(gone({ 'stop-seconds.app': '3', 'stop-seconds.proxy': '2', 'pre-stop-seconds.proxy': '7' }), 20.1)
})

for (const [rule, preStop, stopDelay, grace, turn, after, isKilled] of [
  ['within its grace', 0, 3, 30, 0, 3, false],
  ['killed when it is over', 0, 40, 30, 0, 30, true],
  ['two seconds at least', 0, 5, 1, 0, 2, true],
  ['a hook takes of the grace', 25, 10, 30, 0, 30, true],
  ['a hook is cut at the grace, and two seconds are left', 40, 1, 30, 0, 31, false],
  ['its turn comes after others', 0, 3, 30, 20, 23, false],
  ['whose turn comes too late has two seconds', 0, 5, 30, 30, 32, true],
  ['a hook of its own meanwhile', 10, 3, 30, 12, 15, false],
] as const) {
  test(`a container stops: ${rule}`, t => {
    const stop = stopOf(preStop * SECOND, stopDelay * SECOND, grace * SECOND, turn * SECOND)
    t.deepEqual(stop, { after: after * SECOND, isKilled })
  })
}

test('a PostStart hook keeps the container from running', t => {
  const lifecycle = { postStart: { sleep: { seconds: 4 } } }
  t.deepEqual(new OnePod({ containers: [{ name: 'app', lifecycle }] }).until(10).texts, [
    '0 Pending',
    '5.1 Running ready',
  ])
})

test('a PostStart hook that fails has the container killed and started again', t => {
  const { texts } = new OnePod({}, { 'post-start-seconds': '2', 'post-start-fails': 'true' }).until(20)
  // Started at 1 s, hooked until 3 s, a second to stop; again at once, until 4 + 2 + 1 s, then 10 s of back-off.
  t.deepEqual(texts, [
    '0 Pending',
    '4.1 Running restarts 1',
    '7.1 Running restarts 1 CrashLoopBackOff',
    '17.1 Running restarts 2',
  ])
})

test('an image that may not be pulled is found when somebody else has pulled it', t => {
  const size = { 'image-size': '1250M' }
  const one = new OnePod({ containers: [{ name: 'app', image: 'app:v1', imagePullPolicy: 'Never' }] }, size)
  one.until(5)
  const { state, api } = one.cluster
  const draft = new PodDraft()
  draft.namespace = state.namespaceId('default')
  draft.name = 'other'
  const annotations = { 'kubelapse.io/image-size': '1250M' }
  draft.template = state.templateId({ spec: { containers: [{ name: 'app', image: 'app:v1' }] }, annotations })
  api.pods.create(draft, 0)
  // 10 s to pull from 5.02 s on, and a second to start.
  t.is(one.until(30).texts.at(-1), '16.1 Running ready')
})

test('images are pulled at the bandwidth of the node, once; Never fails without one', t => {
  // 1.25 GB at 125 MB/s take 10 s, then 1 s to start.
  const size = { 'image-size': '1250M' }
  const one = new OnePod({}, size).until(30)
  t.deepEqual(one.texts, ['0 Pending', '11.1 Running ready'])
  t.is(one.cluster.state.nodes.images[0]?.get('app:v1'), 1_250_000_000)
  const never = new OnePod({ containers: [{ name: 'app', image: 'app:v1', imagePullPolicy: 'Never' }] }, size)
  t.deepEqual(never.until(30).texts, ['0 Pending', '0.1 Pending ErrImageNeverPull'])
  const events = never.cluster.kernel.executed
  never.until(600)
  t.true(never.cluster.kernel.executed - events < 5, 'waiting costs nothing')
})

test('while the registry is down pulls fail and are tried again after 10, 20, 40 s', t => {
  const one = new OnePod({}, { 'image-size': '125M' })
  one.cluster.kubelet.images.setRegistryDown(true)
  one.until(25)
  one.cluster.kubelet.images.setRegistryDown(false)
  // Tried at 0.024, 10.024 and 30.024 s; then a second to pull and one to start.
  t.deepEqual(one.until(60).texts, [
    '0 Pending',
    '0.1 Pending ImagePullBackOff',
    '30.1 Pending',
    '32.1 Running ready',
  ])
})
