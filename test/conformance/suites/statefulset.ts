import { isRefused } from '../../../engine/apiserver/result.js'
import { CONTROLLER_REVISION_HASH } from '../../../engine/controllers/controller-revisions.js'
import { statefulset } from '../../../engine/controllers/statefulset/statefulset.js'
import { NEVER } from '../../../engine/kernel/time.js'
import { defaultStatefulSetSpec } from '../../../engine/model/workload-defaults.js'
import {
  type ControllerRevisionSpec,
  NEW_STATEFUL_SET_STATUS,
  type PodTemplateSpec,
  type StatefulSetSpec,
  type StatefulSetStatus,
} from '../../../engine/model/workloads.js'
import { Change, Source } from '../../../engine/state/change-log.js'
import type { NodeId, ObjectId, PodId } from '../../../engine/state/ids.js'
import { Phase } from '../../../engine/state/ids.js'
import { ControllerRig } from '../../support/controller-rig.js'
import { type Suite, suiteOfKinds } from '../suite.js'

type GivenSpec = Omit<StatefulSetSpec, 'template' | 'volumeClaimTemplates' | 'selector'> & {
  readonly image: string
  readonly volumeClaimTemplates: number
}

type PodRow = readonly [name: string, what: 'Running' | 'Failed' | 'ready' | 'gone', ready?: boolean]

interface GivenStep {
  readonly now: string
  /** `image v2` or `replicas 3`. */
  readonly action?: string
  readonly pods?: readonly PodRow[]
}

/** The StatefulSet controller over a real store, its pods' states written by the case. */
export const statefulsetSuite: Suite = suiteOfKinds('statefulset', {
  run({ spec, steps }: { spec: GivenSpec; steps: readonly GivenStep[] }) {
    const cluster = new StatefulSetCluster(steps[0].now)
    cluster.create(spec)
    return { steps: steps.map(step => cluster.step(step)) }
  },
})

const LABELS = { app: 'db' }
/** Deleted pods stay until the case says that they are gone. */
const HOLD = 'test/hold'

function templateOf(image: string): PodTemplateSpec {
  return { metadata: { labels: LABELS, annotations: {} }, spec: { containers: [{ name: 'main', image }] } }
}

class StatefulSetCluster {
  readonly rig: ControllerRig
  readonly #node: NodeId
  #id = 0 as ObjectId
  /** What the API server has been asked for since the step began, in order. */
  #actions: string[] = []
  #isStatusWritten = false

  constructor(now: string) {
    this.rig = new ControllerRig(statefulset, Date.parse(now) / 1000)
    const { api, state } = this.rig
    const draft = { name: 'n', labels: {}, taints: [], unschedulable: false, images: new Map(), pool: -1 }
    this.#node = api.nodes.create({ ...draft, capacity: {}, allocatable: {} }) as NodeId
    this.rig.pods.onDelete = pod => this.#actions.push(`delete ${state.pods.name[pod]}`)
    const end = (): number => state.log.end
    state.log.listen({
      get cursor() {
        return end()
      },
      appended: (source, row, fields) => this.#written(source, row, fields),
    })
  }

  create({ image, volumeClaimTemplates, ...rest }: GivenSpec): void {
    const claims = ['data', 'log', 'tmp'].slice(0, volumeClaimTemplates)
    const created = this.rig.api.objects.create({
      kind: 'StatefulSet',
      namespace: 'default',
      name: 'db',
      spec: defaultStatefulSetSpec({
        ...rest,
        selector: { matchLabels: LABELS },
        template: templateOf(image),
        volumeClaimTemplates: claims.map(name => ({ metadata: { name }, spec: {} })),
      }),
      status: NEW_STATEFUL_SET_STATUS,
    })
    if (isRefused(created)) throw new Error('the store was empty')
    this.#id = created
  }

  step({ now, action, pods = [] }: GivenStep) {
    const { rig } = this
    const at = rig.at(now)
    rig.runUntil(at)
    if (action !== undefined) this.#act(action)
    for (const row of pods) this.#setPod(row)
    rig.runUntil(at)
    this.#actions = []
    this.#isStatusWritten = false
    let result = rig.reconciler.reconcile(this.#id, at)
    while (result.outcome === 'working') {
      rig.outcome = undefined
      rig.runUntil(at)
      if (rig.outcome === undefined) throw new Error('the requests were not answered')
      result = rig.reconciler.resume?.(this.#id, rig.outcome, at) ?? result
    }
    const { status, spec } = rig.state.objects.get<StatefulSetSpec, StatefulSetStatus>(this.#id)
    const actions = [...this.#actions]
    // Nobody knows the order in which Parallel acts.
    if (spec.podManagementPolicy === 'Parallel') actions.sort((a, b) => (a < b ? -1 : 1))
    return {
      actions: actions.length === 0 ? undefined : actions,
      status: this.#isStatusWritten
        ? {
            available: status.availableReplicas,
            current: status.currentReplicas,
            observedGeneration: status.observedGeneration,
            ready: status.readyReplicas,
            replicas: status.replicas,
            rolloutDone: status.currentRevision === status.updateRevision,
            updated: status.updatedReplicas,
          }
        : undefined,
    }
  }

  #act(action: string): void {
    const [field, value] = action.split(' ')
    const { spec } = this.rig.state.objects.get<StatefulSetSpec>(this.#id)
    const template = defaultStatefulSetSpec({ template: templateOf(value) }).template
    const change = field === 'image' ? { template } : { replicas: Number(value) }
    this.rig.api.objects.updateSpec(this.#id, { ...spec, ...change })
  }

  #setPod([name, what, ready = false]: PodRow): void {
    const { state, api } = this.rig
    const { pods } = state
    const pod = pods.find(state.namespaceId('default'), name)
    if (pod === undefined) throw new Error(`there is no ${name}`)
    if (what === 'gone') {
      api.pods.patchFinalizers(pod, [])
      if (pods.exists(pod)) api.pods.delete(pod, pods.uid[pod], 0)
    } else if (what === 'Failed') {
      // The recordings change the phase alone, as no kubelet would: Ready stays what it was.
      api.pods.patchPhase(pod, Phase.Failed, pods.ready[pod] === 1)
    } else {
      api.pods.patchPhase(pod, what === 'Running' ? Phase.Running : (pods.phase[pod] as Phase), ready)
    }
  }

  #written(source: Source, row: number, fields: number): void {
    const { state, api } = this.rig
    if (source === Source.Objects) {
      this.#objectWritten(row as ObjectId, fields)
    } else if (source === Source.Pods) {
      const pod = row as PodId
      const name = state.pods.name[pod]
      if ((fields & Change.Added) !== 0) {
        this.#actions.push(`create ${name} ${this.#imageOf(pod)}`)
        api.pods.patchFinalizers(pod, [HOLD])
        state.pods.node[pod] = this.#node
      }
    }
  }

  #objectWritten(id: ObjectId, fields: number): void {
    const { kind, meta } = this.rig.state.objects.get(id)
    if (kind === 'StatefulSet') this.#isStatusWritten ||= (fields & Change.Status) !== 0
    if (kind !== 'PersistentVolumeClaim') return
    if ((fields & Change.Added) !== 0) this.#actions.push(`createClaim ${meta.name}`)
    if ((fields & Change.Ownership) !== 0) {
      const owners = meta.owners.map(({ kind: owner, name }) => `${owner}/${name}`)
      this.#actions.push(`updateClaim ${meta.name} owners=[${owners.join(',')}]`)
    }
  }

  /** The revision a pod names and the template it was made from have to agree. */
  #imageOf(pod: PodId): string | undefined {
    const { pods, objects, labelSets, templates } = this.rig.state
    const { image } = templates.get(pods.templateOf(pod)).spec.containers[0]
    const revision = labelSets.get(pods.labelsOf(pod))[CONTROLLER_REVISION_HASH]
    const id = objects.find('ControllerRevision', 'default', revision) as ObjectId
    const { template } = objects.get<ControllerRevisionSpec>(id).spec.data.spec
    return template.spec.containers[0].image === image && pods.deletionAt[pod] === NEVER ? image : 'mixed up'
  }
}
