import { ApiServer } from '../../engine/apiserver/api-server.js'
import { PodDraft } from '../../engine/apiserver/pod-draft.js'
import { Kernel, Rank } from '../../engine/kernel/kernel.js'
import { SECOND } from '../../engine/kernel/time.js'
import { RECORD_NAMES, type RecorderOptions } from '../../engine/record/record-names.js'
import { Recorder } from '../../engine/record/recorder.js'
import type { RunResult } from '../../engine/record/run-result.js'
import { ClusterState } from '../../engine/state/cluster-state.js'
import { NONE, type NodeId, Phase, type PodId } from '../../engine/state/ids.js'

/** A cluster driven by hand: steps at whole seconds, no scheduler and no kubelet. */
export class HandDriven {
  readonly kernel = new Kernel()
  readonly state = new ClusterState({ pods: 1, nodes: 1, objects: 1 })
  readonly api = new ApiServer(this.kernel, this.state)
  readonly recorder: Recorder
  readonly #step = this.kernel.on('test/Step', Rank.Failure, index => this.#steps[index]())
  readonly #steps: (() => void)[] = []

  constructor(records: readonly string[] = RECORD_NAMES, sink?: NonNullable<RecorderOptions['sink']>) {
    this.recorder = new Recorder(this.kernel, this.state, {
      records,
      interval: 10 * SECOND,
      resources: ['cpu', 'memory'],
      pools: ['workers'],
      ...(sink === undefined ? {} : { sink }),
    })
  }

  at(second: number, step: () => void): void {
    this.kernel.schedule(second * SECOND, this.#step, this.#steps.push(step) - 1)
  }

  node(name: string, milliCPU: number): NodeId {
    const amounts = { cpu: milliCPU, memory: 1000, pods: 10 }
    return this.api.nodes.create({
      name,
      labels: { 'topology.kubernetes.io/zone': 'a' },
      taints: [],
      unschedulable: false,
      capacity: amounts,
      allocatable: amounts,
      images: new Map(),
      pool: 0,
    }) as NodeId
  }

  pod(name: string, cpu: string): PodId {
    const draft = new PodDraft()
    draft.namespace = this.state.namespaceId('default')
    draft.name = name
    draft.template = this.state.templateId({
      spec: { containers: [{ name: 'c', resources: { requests: { cpu } } }] },
      annotations: {},
    })
    return this.api.pods.create(draft, 0) as PodId
  }

  bind(pod: PodId, node: NodeId): void {
    this.api.pods.bind(pod, this.state.pods.uid[pod], node)
  }

  remove(pod: PodId): void {
    this.api.pods.delete(pod, this.state.pods.uid[pod], 0)
  }

  finish(): ReturnType<Recorder['finish']> {
    this.kernel.run()
    return this.recorder.finish(this.kernel.digestLog().time)
  }
}

/**
 * Node n1 (1000 m) from 0 s, n2 (1000 m) from 0 s to 40 s; the last event is at 80 s.
 * a: 400 m on n1, created 0, bound 10, running 20, ends by itself 30, removed 50.
 * b: 600 m on n1, created 0, bound 20, running 20, still running at 80.
 * c: 2000 m, created 10, tried once, fits nowhere. d: created 10, removed 30 without a try.
 */
export function smallRun(
  records?: readonly string[],
  sink?: NonNullable<RecorderOptions['sink']>,
): HandDriven {
  const run = new HandDriven(records, sink)
  const { api, state, recorder } = run
  const ids: PodId[] = []
  const nodes: NodeId[] = []
  run.at(0, () => nodes.push(run.node('n1', 1000), run.node('n2', 1000)))
  run.at(0, () => ids.push(run.pod('a', '400m'), run.pod('b', '600m')))
  run.at(10, () => {
    recorder.schedulingAttempt(ids[0])
    run.bind(ids[0], nodes[0])
    ids.push(run.pod('c', '2'), run.pod('d', '100m'))
    recorder.schedulingAttempt(ids[2])
    const message = state.reasonId('0/2 nodes are available: 2 Insufficient cpu.')
    api.pods.patchUnschedulable(ids[2], state.pods.uid[ids[2]], message, NONE as NodeId)
    recorder.podEvent(ids[2], 'Warning', 'FailedScheduling', 'default-scheduler', 'no room')
  })
  run.at(20, () => {
    recorder.schedulingAttempt(ids[1])
    run.bind(ids[1], nodes[0])
    api.pods.patchPhase(ids[0], Phase.Running, true)
    api.pods.patchPhase(ids[1], Phase.Running, true)
  })
  run.at(30, () => {
    api.pods.patchPhase(ids[0], Phase.Succeeded, false)
    run.remove(ids[3])
  })
  run.at(40, () => {
    api.nodes.delete(nodes[1])
  })
  run.at(50, () => run.remove(ids[0]))
  run.at(80, () => recorder.podEvent(ids[2], 'Warning', 'FailedScheduling', 'default-scheduler', 'no room'))
  return run
}

/** The result of a run driven by hand. */
export function resultOf(run: HandDriven, name: string): RunResult {
  const { summary, records } = run.finish()
  const digest = run.kernel.digestLog()
  return {
    name,
    seed: '1',
    outcome: 'drained',
    end: digest.time,
    digest,
    summary,
    records,
    traced: [],
    trail: run.kernel.trail(),
  }
}
