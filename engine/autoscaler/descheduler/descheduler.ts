/**
 * The descheduler in a run: a pass over the cluster at every interval, or at the times of a schedule as a CronJob's
 * pods make it. A pass that would do what the last one did is left out: there is one only after a change, also of a
 * budget's status when evictions were refused, or when the policy looks at the age of pods.
 * Upstream: RunDeschedulerStrategies of pkg/descheduler/descheduler.go, evictions of pkg/descheduler/evictions of the
 * descheduler 0.36.0.
 * Simplified: a pass takes no time, and its evictions are made one after another at once.
 */
import { ApiClient } from '../../apiserver/api-client.js'
import type { ApiServer } from '../../apiserver/api-server.js'
import { EventRecorder, type EventSink, type EventWriter } from '../../apiserver/event-recorder.js'
import { EvictionApi, type EvictionOptions } from '../../apiserver/eviction.js'
import { ACCEPTED } from '../../apiserver/eviction-answer.js'
import { invariant } from '../../kernel/invariant.js'
import { type EventKind, type Kernel, Rank } from '../../kernel/kernel.js'
import { NEVER, SECOND, type SimTime } from '../../kernel/time.js'
import { type CronSchedule, parseCron } from '../../model/cron.js'
import { nextCronTime } from '../../model/cron-next.js'
import type { DefaultEvictorArgs, DeschedulerPolicy, DeschedulerSettings } from '../../model/descheduler.js'
import { DESCHEDULER_CLIENT } from '../../model/descheduler-defaults.js'
import type { WallClock } from '../../model/wall-clock.js'
import { UTC } from '../../model/zone-table.js'
import { Change, Source } from '../../state/change-log.js'
import type { ObjectId } from '../../state/ids.js'
import type { Informer } from '../../state/informer.js'
import type { ViewedPod } from './cluster-view.js'
import { enabledPlugins, runPolicy } from './run-policy.js'
import { type RequestsOfTemplates, StoredCluster } from './stored-cluster.js'

export interface DeschedulerOptions {
  readonly kernel: Kernel
  readonly api: ApiServer
  readonly informer: Informer
  readonly settings: DeschedulerSettings
  readonly clock: WallClock
  readonly events: EventSink
  readonly requestLatency: SimTime
}

const POD_CHANGES =
  Change.Added |
  Change.Deleted |
  Change.Labels |
  Change.Annotations |
  Change.Spec |
  Change.Bound |
  Change.Phase |
  Change.Restarts
const NODE_CHANGES =
  Change.Added |
  Change.Deleted |
  Change.Labels |
  Change.Taints |
  Change.Unschedulable |
  Change.Allocatable |
  Change.NodeReady
const OBJECT_CHANGES = Change.Added | Change.Deleted | Change.Labels | Change.Spec
const BUDGET = 'PodDisruptionBudget'
/** Kinds that evictors look up. */
const LOOKED_UP: ReadonlySet<string> = new Set([
  BUDGET,
  'Namespace',
  'PersistentVolumeClaim',
  'PriorityClass',
])
/** Plugins that find more as pods grow older. */
const OF_AGE: ReadonlySet<string> = new Set(['PodLifeTime', 'RemoveFailedPods'])

export class Descheduler {
  readonly #kernel: Kernel
  readonly #api: ApiServer
  readonly #informer: Informer
  readonly #settings: DeschedulerSettings
  readonly #schedule: CronSchedule | undefined
  readonly #clock: WallClock
  readonly #evictions: EvictionApi
  readonly #events: EventWriter
  readonly #options: EvictionOptions
  readonly #pass: EventKind
  readonly #looksAtAge: boolean
  readonly #requests: RequestsOfTemplates = new Map()
  #isPassAhead = false
  #hasRefusals = false

  constructor({ kernel, api, informer, settings, clock, events, requestLatency }: DeschedulerOptions) {
    this.#kernel = kernel
    this.#api = api
    this.#settings = settings
    this.#clock = clock
    this.#schedule = cronOf(settings.schedule)
    this.#looksAtAge = looksAtAge(settings.policy)
    const { gracePeriodSeconds } = settings.policy
    this.#options = gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }
    const on = (name: string, handler: () => void): EventKind =>
      kernel.on(`descheduler/${name}`, Rank.Autoscaler, handler)
    this.#pass = on('pass', () => this.#run())
    this.#evictions = new EvictionApi(kernel, api, clock, 'descheduler')
    const client = new ApiClient(kernel, DESCHEDULER_CLIENT, requestLatency)
    const source = 'sigs.k8s.io/descheduler'
    this.#events = new EventRecorder(source, client, events, { now: () => kernel.now, on })
    this.#informer = informer
  }

  start(): void {
    const { objects } = this.#api.state
    this.#informer.subscribe(Source.Pods, POD_CHANGES, () => this.#changed())
    this.#informer.subscribe(Source.Nodes, NODE_CHANGES, () => this.#changed())
    this.#informer.subscribe(Source.Objects, OBJECT_CHANGES, row => {
      if (LOOKED_UP.has(objects.get(row as ObjectId).kind)) this.#changed()
    })
    this.#informer.subscribe(Source.Objects, Change.Status, row => {
      if (this.#hasRefusals && objects.get(row as ObjectId).kind === BUDGET) this.#changed()
    })
  }

  #changed(): void {
    if (this.#isPassAhead) return
    const at = this.#nextPass(this.#kernel.now)
    if (at === NEVER) return
    this.#isPassAhead = true
    this.#kernel.schedule(at, this.#pass)
  }

  #nextPass(now: SimTime): SimTime {
    const { interval } = this.#settings
    if (this.#schedule === undefined) return (Math.floor(now / interval) + 1) * interval
    const next = nextCronTime(this.#schedule, this.#clock.epochSecondsAt(now), UTC)
    return next === undefined ? NEVER : Math.round(next * SECOND) - this.#clock.epochMicros
  }

  #run(): void {
    this.#isPassAhead = false
    this.#hasRefusals = false
    const cluster = new StoredCluster(this.#api, this.#kernel.now, this.#requests)
    runPolicy(this.#settings.policy, cluster, (pod, plugin) => this.#evict(pod, plugin))
    if (this.#looksAtAge && cluster.hasPods) this.#changed()
  }

  #evict({ namespace, name, nodeName }: ViewedPod, plugin: string): boolean {
    const { state } = this.#api
    const pod = state.pods.find(state.namespaceId(namespace), name)
    const uid = pod === undefined ? undefined : state.pods.uid[pod]
    const answer =
      uid === undefined ? undefined : this.#evictions.evict(namespace, name, { ...this.#options, uid })
    if (uid === undefined || answer?.code !== ACCEPTED.code) {
      this.#hasRefusals = true
      return false
    }
    const message = `pod eviction from ${nodeName} node by sigs.k8s.io/descheduler`
    this.#events.record({ kind: 'Pod', namespace, name, uid }, 'Normal', plugin, message)
    return true
  }
}

function cronOf(schedule: string | undefined): CronSchedule | undefined {
  if (schedule === undefined) return undefined
  const parsed = parseCron(schedule, () => undefined)
  invariant(!('error' in parsed), 'the schedule of the descheduler was read before')
  return parsed
}

function looksAtAge({ profiles = [] }: DeschedulerPolicy): boolean {
  return profiles.some(profile => {
    if (enabledPlugins(profile, 'deschedule').some(name => OF_AGE.has(name))) return true
    const { args = {} } = profile.pluginConfig?.find(({ name }) => name === 'DefaultEvictor') ?? {}
    return (args as DefaultEvictorArgs).minPodAge !== undefined
  })
}
