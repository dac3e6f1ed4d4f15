import { EvictionApi } from '../../../engine/apiserver/eviction.js'
import { PodDraft } from '../../../engine/apiserver/pod-draft.js'
import { type Created, isRefused } from '../../../engine/apiserver/result.js'
import { disruption } from '../../../engine/controllers/disruption/disruption.js'
import { SECOND } from '../../../engine/kernel/time.js'
import type { Labels } from '../../../engine/model/labels.js'
import {
  type BudgetCondition,
  budgetSpecErrors,
  NEW_BUDGET_STATUS,
  type PodDisruptionBudgetSpec,
  type PodDisruptionBudgetStatus,
} from '../../../engine/model/pod-disruption-budget.js'
import {
  NONE,
  type ObjectId,
  PHASE_NAMES,
  type Phase,
  type PodId,
  type ReasonId,
} from '../../../engine/state/ids.js'
import { ControllerRig } from '../../support/controller-rig.js'
import { type Suite, suiteOfKinds } from '../suite.js'

interface GivenMeta {
  readonly name: string
  readonly namespace: string
  readonly uid?: string
  readonly generation?: number
  readonly labels?: Labels
  readonly deletionTimestamp?: string
  readonly ownerReferences?: readonly { kind: string; name: string; uid: string }[]
}

interface GivenBudget {
  readonly metadata: GivenMeta
  readonly spec: PodDisruptionBudgetSpec
  readonly status: Omit<Partial<PodDisruptionBudgetStatus>, 'disruptedPods' | 'conditions'> & {
    readonly disruptedPods?: Readonly<Record<string, string>>
    readonly conditions?: readonly (Omit<BudgetCondition, 'lastTransitionTime'> & {
      readonly lastTransitionTime: string
    })[]
  }
}

interface GivenPod {
  readonly metadata: GivenMeta
  readonly status: {
    readonly phase: (typeof PHASE_NAMES)[number]
    readonly conditions?: readonly { readonly type: string; readonly status: string }[]
  }
}

interface GivenController {
  readonly kind: string
  readonly metadata: GivenMeta
  readonly spec: object
}

interface GivenStatus {
  readonly now: string
  readonly budget: GivenBudget
  readonly pods?: readonly GivenPod[]
  readonly controllers?: readonly GivenController[]
  readonly scaleSubresources: Readonly<Record<string, number>>
}

interface GivenEviction {
  readonly budgets: readonly GivenBudget[]
  readonly pods?: readonly GivenPod[]
  readonly evictInOrder: readonly string[]
}

/** Long before anything a case speaks of. */
const BEGINNING = Date.parse('2025-12-31T00:00:00Z') / 1000
const EVICTION_TIME = '2026-01-01T00:00:00Z'

/** The disruption controller and the eviction API over a real store. */
export const pdbSuite: Suite = suiteOfKinds('pdb', {
  status({ now, budget, pods = [], controllers = [], scaleSubresources }: GivenStatus) {
    const cluster = new BudgetCluster()
    for (const controller of controllers) cluster.addController(controller)
    for (const [name, replicas] of Object.entries(scaleSubresources)) cluster.addWidget(name, replicas)
    cluster.rig.runUntil(cluster.rig.at(now))
    for (const pod of pods) cluster.addPod(pod)
    return cluster.sync(cluster.addBudget(budget), now)
  },

  eviction({ budgets, pods = [], evictInOrder }: GivenEviction) {
    const cluster = new BudgetCluster()
    cluster.rig.runUntil(cluster.rig.at(EVICTION_TIME))
    for (const pod of pods) cluster.addPod(pod)
    const ids = budgets.map(budget => cluster.addBudget(budget))
    return { results: evictInOrder.map(pod => cluster.evict(pod, ids)) }
  },

  validation({ spec }: { spec: PodDisruptionBudgetSpec }) {
    return { errors: listOrNothing(budgetSpecErrors(spec)) }
  },
})

class BudgetCluster {
  readonly rig = new ControllerRig(disruption, BEGINNING)
  readonly #evictions = new EvictionApi(this.rig.kernel, this.rig.api, this.rig.context.clock)
  /** Owners by the UID of the recording. */
  readonly #owners = new Map<string, ObjectId>()

  addController({ kind, metadata, spec }: GivenController): void {
    const { api, state } = this.rig
    const owners = (metadata.ownerReferences ?? []).map(({ kind: above, name, uid }) => ({
      kind: above,
      name,
      uid: state.objects.get(this.#owners.get(uid) as ObjectId).meta.uid,
      controller: true,
      blockOwnerDeletion: true,
    }))
    const { namespace, name, uid = '' } = metadata
    this.#owners.set(uid, created(api.objects.create({ kind, namespace, name, owners, spec })))
  }

  addWidget(name: string, replicas: number): void {
    const draft = { kind: 'Widget', namespace: 'default', name, spec: { replicas } }
    this.#owners.set(`uid-${name}`, created(this.rig.api.objects.create(draft)))
  }

  addPod({ metadata, status }: GivenPod): void {
    const { api, state } = this.rig
    const draft = new PodDraft()
    draft.namespace = state.namespaceId(metadata.namespace)
    draft.name = metadata.name
    draft.labels = state.labelsId(metadata.labels ?? {})
    draft.template = state.templateId({ spec: { containers: [] }, annotations: {} })
    // Pods of the recordings stay where they are when they are deleted.
    draft.finalizers = ['recording/stays']
    const [owner] = metadata.ownerReferences ?? []
    if (owner !== undefined) draft.owner = this.#ownerOf(owner)
    const pod = created(api.pods.create(draft, 0))
    const isReady = status.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True')
    api.pods.patchPhase(pod, PHASE_NAMES.indexOf(status.phase) as Phase, isReady === true)
    if (metadata.deletionTimestamp !== undefined) api.pods.delete(pod, state.pods.uid[pod])
  }

  addBudget({ metadata, spec, status }: GivenBudget): ObjectId {
    const { name, namespace } = metadata
    const times = mapValues(status.disruptedPods, at => this.rig.at(at))
    const conditions = (status.conditions ?? []).map(condition => ({
      ...condition,
      lastTransitionTime: this.rig.at(condition.lastTransitionTime),
    }))
    const stored = { ...NEW_BUDGET_STATUS, ...status, disruptedPods: times, conditions }
    const draft = { kind: 'PodDisruptionBudget', namespace, name, spec, status: stored }
    const id = created(this.rig.api.objects.create(draft))
    // Each change of the spec counts the generation up.
    const { meta } = this.rig.state.objects.get(id)
    while (meta.generation < (metadata.generation ?? 1)) this.rig.api.objects.updateSpec(id, { ...spec })
    return id
  }

  /** One sync, told in the words of the recordings. */
  sync(id: ObjectId, now: string) {
    const { rig } = this
    const at = rig.at(now)
    rig.runUntil(at)
    rig.clear()
    const { outcome, after } = rig.reconciler.reconcile(id, at)
    const { status } = rig.state.objects.get<PodDisruptionBudgetSpec, PodDisruptionBudgetStatus>(id)
    return {
      events: listOrNothing(rig.events),
      recheckAfterSeconds: outcome === 'done' && after > 0 ? Math.floor(after / SECOND) : undefined,
      status: {
        ...status,
        conditions: status.conditions.map(({ type, status: value, reason, message }) => [
          type,
          value,
          reason,
          message,
        ]),
        disruptedPods: mapValues(status.disruptedPods, time => rig.text(time)),
      },
    }
  }

  evict(name: string, budgets: readonly ObjectId[]) {
    const { state } = this.rig
    const answer = this.#evictions.evict('default', name)
    const deleted = answer.code === 201
    const pod = state.pods.find(state.namespaceId('default'), name)
    return {
      ...answer,
      pod: name,
      deleted,
      podCondition: deleted && pod !== undefined ? this.#disruptionTarget(pod) : undefined,
      budgetsAfter: budgets.map(id => {
        const { meta, status } = state.objects.get<unknown, PodDisruptionBudgetStatus>(id)
        const { disruptedPods, disruptionsAllowed } = status
        const names = Object.keys(disruptedPods ?? {}).sort()
        return { name: meta.name, disruptedPods: listOrNothing(names), disruptionsAllowed }
      }),
    }
  }

  #disruptionTarget(pod: PodId) {
    const { pods, reasons } = this.rig.state
    const reason = pods.disruption[pod]
    if (reason === NONE) return undefined
    return ['DisruptionTarget', 'True', reasons.get(reason as ReasonId), 'Eviction API: evicting']
  }

  /** Owners that are gone are objects that have been deleted: a pod keeps its reference to them. */
  #ownerOf({ kind, name, uid }: { kind: string; name: string; uid: string }): ObjectId {
    const known = this.#owners.get(uid)
    if (known !== undefined) return known
    const { api } = this.rig
    const spec = kind === 'DaemonSet' ? {} : { replicas: 1 }
    const owner = created(api.objects.create({ kind, namespace: 'default', name, spec }))
    if (kind !== 'DaemonSet') api.objects.delete(owner)
    this.#owners.set(uid, owner)
    return owner
  }
}

function created<Id extends number>(id: Created<Id>): Id {
  if (isRefused(id)) throw new Error('a case names nothing twice')
  return id
}

function mapValues<From, To>(
  record: Readonly<Record<string, From>> | undefined,
  map: (value: From) => To,
): Readonly<Record<string, To>> | undefined {
  if (record === undefined) return undefined
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]))
}

function listOrNothing<T>(list: readonly T[]): readonly T[] | undefined {
  return list.length === 0 ? undefined : list
}
