import { GeneratedNames } from '../../../engine/apiserver/generated-names.js'
import { isRefused } from '../../../engine/apiserver/result.js'
import { Expectations } from '../../../engine/controllers/expectations.js'
import { CompletionIndexes } from '../../../engine/controllers/job/completion-indexes.js'
import { job as definition } from '../../../engine/controllers/job/job.js'
import { backoffAfter } from '../../../engine/controllers/job/pod-backoff.js'
import { type ContainerEnd, judgeFailure } from '../../../engine/controllers/job/pod-failure-policy.js'
import { NEVER, SECOND } from '../../../engine/kernel/time.js'
import { defaultJobSpec } from '../../../engine/model/job-defaults.js'
import {
  type JobSpec,
  type JobStatus,
  NEW_JOB_STATUS,
  type PodFailurePolicy,
} from '../../../engine/model/jobs.js'
import type { ClusterState } from '../../../engine/state/cluster-state.js'
import { NONE, type NodeId, type ObjectId, Phase, type PodId } from '../../../engine/state/ids.js'
import { ControllerRig } from '../../support/controller-rig.js'
import { type Suite, suiteOfKinds } from '../suite.js'

interface GivenContainer {
  readonly name: string
  readonly state: { readonly terminated?: { readonly exitCode: number } }
}

interface GivenFailure {
  readonly conditions: readonly { readonly type: string; readonly status: string }[]
  readonly containerStatuses: readonly GivenContainer[]
  readonly initContainerStatuses?: readonly GivenContainer[]
  readonly podFailurePolicy: PodFailurePolicy
}

type PodRow = readonly [
  name: string,
  change: string,
  detail?: readonly number[] | number,
  disrupted?: boolean,
]

interface GivenStep {
  readonly now: string
  readonly pods?: readonly PodRow[]
  readonly suspend?: boolean
  readonly parallelism?: number
}

interface GivenRun {
  readonly spec: Omit<Partial<JobSpec>, 'template'> & {
    readonly containers: number
    readonly restartPolicy: 'Never' | 'OnFailure'
  }
  readonly steps: readonly GivenStep[]
}

/** The Job controller over a real store; what the kubelet reports is written by the case. */
export const jobSuite: Suite = suiteOfKinds('job', {
  backoff: ({ consecutiveFailures }: { consecutiveFailures: number }) => ({
    delaySeconds: backoffAfter(consecutiveFailures) / SECOND,
  }),

  indexes({ text, completions }: { text: string; completions: number }) {
    const parsed = CompletionIndexes.parse(text, completions)
    return { indexes: listOrNothing([...parsed]), text: parsed.toString() }
  },

  podFailurePolicy({ conditions, containerStatuses, initContainerStatuses, podFailurePolicy }: GivenFailure) {
    return judgeFailure(podFailurePolicy, {
      namespace: '',
      name: 'p',
      conditions,
      containers: containerStatuses.map(endOf),
      initContainers: (initContainerStatuses ?? []).map(endOf),
    })
  },

  run({ spec, steps }: GivenRun) {
    const cluster = new JobCluster(Date.parse(steps[0].now) / 1000, spec)
    return {
      steps: steps.map(step => {
        cluster.change(step)
        return cluster.sync(step.now)
      }),
    }
  },
})

function endOf({ name, state }: GivenContainer): ContainerEnd {
  return state.terminated === undefined ? { name } : { name, exitCode: state.terminated.exitCode }
}

/** The recordings number pods, `p-0` and on, or by index, `i3-0` and on. */
class NumberedNames extends GeneratedNames {
  readonly #given = new Map<number, number>()

  override podOf(_: ObjectId, index: number = NONE): string {
    const number = this.#given.get(index) ?? 0
    this.#given.set(index, number + 1)
    return index === NONE ? `p-${number}` : `i${index}-${number}`
  }
}

/**
 * In the recordings a deletion by the controller itself is seen with the next change of the pod, not before.
 */
class LateExpectations extends Expectations {
  isSyncing = false

  override deletionCounted(key: number): void {
    if (!this.isSyncing) super.deletionCounted(key)
  }
}

const CONTAINER_NAMES = ['main', 'side']

class JobCluster {
  readonly #rig: ControllerRig
  readonly #id: ObjectId
  readonly #node: NodeId
  readonly #expectations = new LateExpectations()
  /** Pods whose finalizer the controller has asked to remove. */
  #released: string[] = []

  constructor(epochSeconds: number, { containers, restartPolicy, ...spec }: GivenRun['spec']) {
    const rig = new ControllerRig(definition, epochSeconds)
    Object.assign(rig.api, { names: new NumberedNames('job', rig.state) })
    Object.assign(rig.context, { expectations: this.#expectations })
    const { pods } = rig.context
    const release = pods.release.bind(pods)
    pods.release = (key, owner, rows, finalizer) => {
      this.#released.push(...rows.map(row => rig.state.pods.name[row] as string))
      release(key, owner, rows, finalizer)
    }
    this.#rig = rig
    const template = {
      metadata: { labels: { app: 'job' }, annotations: {} },
      spec: { containers: CONTAINER_NAMES.slice(0, containers).map(name => ({ name })), restartPolicy },
    }
    const created = rig.api.objects.create({
      kind: 'Job',
      namespace: 'default',
      name: 'job',
      spec: defaultJobSpec({ ...spec, template }),
      status: NEW_JOB_STATUS,
    })
    const node = rig.api.nodes.create({
      name: 'node',
      labels: {},
      taints: [],
      unschedulable: false,
      capacity: {},
      allocatable: {},
      images: new Map(),
      pool: NONE,
    })
    if (isRefused(created) || isRefused(node)) throw new Error('the store was empty')
    this.#id = created
    this.#node = node
  }

  change({ now, pods = [], suspend, parallelism }: GivenStep): void {
    const rig = this.#rig
    rig.runUntil(rig.at(now))
    for (const row of pods) this.#report(row)
    const { spec } = rig.state.objects.get<JobSpec>(this.#id)
    if (suspend === undefined && parallelism === undefined) return
    rig.api.objects.updateSpec(this.#id, {
      ...spec,
      ...(suspend === undefined ? {} : { suspend }),
      ...(parallelism === undefined ? {} : { parallelism }),
    })
  }

  #report([name, change, detail, disrupted = false]: PodRow): void {
    const { state, api } = this.#rig
    const { pods } = state
    const pod = this.#pods().find(row => pods.name[row] === name)
    if (pod === undefined) throw new Error(`${name} is not there`)
    switch (change) {
      case 'Running':
        api.pods.patchStarted(pod)
        api.pods.patchPhase(pod, Phase.Running, true)
        break
      case 'deleting':
        api.pods.delete(pod, pods.uid[pod])
        break
      case 'gone':
        api.pods.delete(pod, pods.uid[pod], 0)
        if (pods.exists(pod)) api.pods.patchFinalizers(pod, [])
        break
      case 'restartCount':
        api.pods.patchRestarts(pod, detail as number, state.reasonId(''))
        break
      default:
        if (pods.startedAt[pod] === NEVER) api.pods.patchStarted(pod)
        pods.exitCodes[pod] = detail as readonly number[]
        if (disrupted) api.pods.patchDisruption(pod, state.reasonId('EvictionByEvictionAPI'))
        api.pods.patchPhase(pod, change === 'Succeeded' ? Phase.Succeeded : Phase.Failed, false)
    }
  }

  /** One sync of the controller, told in the words of the recordings. */
  sync(now: string) {
    const rig = this.#rig
    const { state, api } = rig
    const at = rig.at(now)
    const before = new Map(this.#pods().map(pod => [pod, state.pods.isTerminating(pod)]))
    rig.runUntil(at)
    this.#released = []
    this.#expectations.isSyncing = true
    rig.clear()
    let result = rig.reconciler.reconcile(this.#id, at)
    const delays = rig.calls.after.map(([, delay]) => delay / SECOND)
    while (result.outcome === 'working') {
      rig.outcome = undefined
      rig.runUntil(at)
      if (rig.outcome === undefined) throw new Error('the requests are not answered')
      result = rig.reconciler.resume?.(this.#id, rig.outcome, at) ?? result
    }
    this.#expectations.isSyncing = false
    const created = this.#pods().filter(pod => !before.has(pod))
    created.sort(byName(state))
    for (const [i, pod] of created.entries()) {
      // Recorded pods were made 1 ms after one another.
      state.pods.createdAt[pod] = at + (i * SECOND) / 1000
      api.pods.bind(pod, state.pods.uid[pod], this.#node)
    }
    const deleted = this.#pods().filter(pod => before.get(pod) === false && state.pods.isTerminating(pod))
    const statuses = rig.objects.writes.filter(({ verb }) => verb === 'update')
    return {
      created: listOrNothing(created.map(pod => this.#createdRow(pod))),
      deleted: listOrNothing(deleted.map(pod => state.pods.name[pod] as string).sort()),
      finalizerRemoved: listOrNothing(this.#released.toSorted()),
      events: listOrNothing(rig.events.filter(([, reason]) => !reason.startsWith('Successful'))),
      requeueAfterSeconds: listOrNothing(delays),
      statusWritten: statuses.length > 0,
      status: statuses.length > 0 ? this.#status() : undefined,
    }
  }

  #createdRow(pod: PodId): readonly string[] {
    const { pods, objects } = this.#rig.state
    const name = pods.name[pod] as string
    if (objects.get<JobSpec>(this.#id).spec.backoffLimitPerIndex === undefined) return [name]
    const ignored = pods.indexIgnoredFailures[pod]
    return [name, `failureCount=${pods.indexFailures[pod]}`, ...(ignored === 0 ? [] : [`ignored=${ignored}`])]
  }

  #status() {
    const rig = this.#rig
    const { status } = rig.state.objects.get<JobSpec, JobStatus>(this.#id)
    const { uncountedTerminatedPods: _, conditions, startTime, completionTime, ...counts } = status
    return {
      ...counts,
      startTime: startTime === undefined ? undefined : rig.text(startTime),
      completionTime: completionTime === undefined ? undefined : rig.text(completionTime),
      conditions: listOrNothing(
        conditions.map(condition => [condition.type, condition.status, condition.reason, condition.message]),
      ),
    }
  }

  #pods(): PodId[] {
    const { pods } = this.#rig.state
    return Array.from({ length: pods.highWater }, (_, row) => row as PodId).filter(pod => pods.exists(pod))
  }
}

function byName({ pods }: ClusterState) {
  return (a: PodId, b: PodId): number => ((pods.name[a] as string) < (pods.name[b] as string) ? -1 : 1)
}

/** The recordings leave empty lists out. */
function listOrNothing<T>(list: readonly T[]): readonly T[] | undefined {
  return list.length === 0 ? undefined : list
}
