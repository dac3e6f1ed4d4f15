import { isRefused } from '../../../engine/apiserver/result.js'
import { deployment as definition } from '../../../engine/controllers/deployment/deployment.js'
import { resolveFenceposts } from '../../../engine/controllers/deployment/fenceposts.js'
import { DESIRED_REPLICAS, MAX_REPLICAS, REVISION } from '../../../engine/controllers/deployment/revisions.js'
import { SECOND } from '../../../engine/kernel/time.js'
import type { Condition } from '../../../engine/model/conditions.js'
import type { IntOrPercent } from '../../../engine/model/int-or-percent.js'
import { defaultDeploymentSpec, defaultReplicaSetSpec } from '../../../engine/model/workload-defaults.js'
import {
  type DeploymentSpec,
  type DeploymentStatus,
  type DeploymentStrategy,
  NEW_DEPLOYMENT_STATUS,
  NEW_REPLICA_SET_STATUS,
  type PodTemplateSpec,
  type ReplicaSetSpec,
  type ReplicaSetStatus,
} from '../../../engine/model/workloads.js'
import type { ObjectId } from '../../../engine/state/ids.js'
import { ControllerRig, type ObjectWrite } from '../../support/controller-rig.js'
import { type Suite, suiteOfKinds } from '../suite.js'

interface GivenDeployment {
  readonly image: string
  readonly paused: boolean
  readonly replicas: number
  readonly progressDeadlineSeconds: number
  readonly revisionHistoryLimit: number
  readonly strategy: Partial<DeploymentStrategy>
}

interface GivenReplicaSet {
  readonly image: string
  readonly creationTimestamp: string
  readonly revision: string
  readonly desiredAnnotation: string
  readonly maxAnnotation: string
  readonly replicas: number
  readonly statusReplicas: number
  readonly ready: number
  readonly available: number
}

interface GivenState {
  readonly now: string
  readonly deployment: GivenDeployment
  readonly progressing?: {
    readonly status: string
    readonly reason: string
    readonly lastUpdateAgeSeconds: number
  }
  readonly replicaSets?: readonly GivenReplicaSet[]
  readonly status?: Partial<DeploymentStatus>
}

type ReplicaSetRow = [
  image: string,
  replicas: number,
  statusReplicas: number,
  ready: number,
  available: number,
  isObserved: boolean,
]

interface GivenStep {
  readonly now: string
  readonly action?: string
  readonly replicaSets?: readonly ReplicaSetRow[]
}

/** The Deployment controller over a real store, its ReplicaSets' statuses written by the case. */
export const deploymentSuite: Suite = suiteOfKinds('deployment', {
  fenceposts(given: { maxSurge?: IntOrPercent; maxUnavailable?: IntOrPercent; replicas: number }) {
    const resolved = resolveFenceposts(given.maxSurge, given.maxUnavailable, given.replicas)
    return 'error' in resolved ? { ...resolved, maxSurge: 0, maxUnavailable: 0 } : resolved
  },

  state({ now, deployment, progressing, replicaSets = [], status = {} }: GivenState) {
    const times = replicaSets.map(({ creationTimestamp }) => Date.parse(creationTimestamp))
    const cluster = new DeploymentCluster(Math.min(...times, Date.parse(now)) / 1000)
    cluster.create(deployment)
    for (const replicaSet of replicaSets) cluster.addReplicaSet(replicaSet)
    cluster.setRevision(replicaSets.at(-1)?.revision ?? '0')
    const at = cluster.rig.at(now)
    cluster.rig.runUntil(at)
    const conditions: Condition[] = []
    if (progressing !== undefined) {
      const updated = at - progressing.lastUpdateAgeSeconds * SECOND
      const { reason } = progressing
      conditions.push({
        type: 'Progressing',
        status: progressing.status as Condition['status'],
        reason,
        message: '',
        lastUpdateTime: updated,
        lastTransitionTime: updated,
      })
    }
    cluster.setStatus({ ...NEW_DEPLOYMENT_STATUS, ...status, observedGeneration: 1, conditions })
    return cluster.sync(now)
  },

  rollout({ deployment, steps }: { deployment: GivenDeployment; steps: readonly GivenStep[] }) {
    const cluster = new DeploymentCluster(Date.parse(steps[0].now) / 1000)
    cluster.create(deployment)
    return {
      steps: steps.map(step => {
        cluster.rig.runUntil(cluster.rig.at(step.now))
        for (const row of step.replicaSets ?? []) cluster.setReplicaSetStatus(row)
        if (step.action !== undefined) cluster.act(step.action)
        return cluster.sync(step.now)
      }),
    }
  },
})

const LABELS = { app: 'web' }

function templateOf(image: string): PodTemplateSpec {
  return { metadata: { labels: LABELS, annotations: {} }, spec: { containers: [{ name: 'main', image }] } }
}

class DeploymentCluster {
  readonly rig: ControllerRig
  #id = 0 as ObjectId

  constructor(epochSeconds: number) {
    this.rig = new ControllerRig(definition, epochSeconds)
  }

  create(given: GivenDeployment): void {
    const { image, ...rest } = given
    const spec = { ...rest, selector: { matchLabels: LABELS }, template: templateOf(image) }
    const created = this.rig.api.objects.create({
      kind: 'Deployment',
      namespace: 'default',
      name: 'web',
      spec: defaultDeploymentSpec(spec),
      status: NEW_DEPLOYMENT_STATUS,
    })
    if (isRefused(created)) throw new Error('the store was empty')
    this.#id = created
  }

  addReplicaSet(given: GivenReplicaSet): void {
    const { state, api } = this.rig
    this.rig.runUntil(this.rig.at(given.creationTimestamp))
    const { uid } = state.objects.get(this.#id).meta
    const template = templateOf(given.image)
    api.objects.create({
      kind: 'ReplicaSet',
      namespace: 'default',
      name: `web-${given.image}`,
      labels: LABELS,
      annotations: {
        [REVISION]: given.revision,
        [DESIRED_REPLICAS]: given.desiredAnnotation,
        [MAX_REPLICAS]: given.maxAnnotation,
      },
      owners: [{ kind: 'Deployment', name: 'web', uid, controller: true, blockOwnerDeletion: true }],
      spec: defaultReplicaSetSpec({ replicas: given.replicas, selector: { matchLabels: LABELS }, template }),
      status: {
        ...NEW_REPLICA_SET_STATUS,
        observedGeneration: 1,
        replicas: given.statusReplicas,
        readyReplicas: given.ready,
        availableReplicas: given.available,
      },
    })
  }

  /** The Deployment has seen its latest ReplicaSet before. */
  setRevision(revision: string): void {
    this.rig.api.objects.updateMeta(this.#id, { annotations: { [REVISION]: revision } })
  }

  setStatus(status: DeploymentStatus): void {
    this.rig.api.objects.updateStatus(this.#id, status)
  }

  /** A step names what the ReplicaSet controller has done since the last one; the sizes are the Deployment's. */
  setReplicaSetStatus([image, , replicas, ready, available, isObserved]: ReplicaSetRow): void {
    const { state, api } = this.rig
    const id = this.#replicaSetOf(image)
    if (id === undefined) return
    const { meta, status } = state.objects.get<ReplicaSetSpec, ReplicaSetStatus>(id)
    // A ReplicaSet reports terminating pods from its first status on.
    const hasLooked = isObserved || replicas > 0
    const observedGeneration = isObserved ? meta.generation : meta.generation - 1
    api.objects.updateStatus(id, {
      ...status,
      observedGeneration,
      replicas,
      readyReplicas: ready,
      availableReplicas: available,
      ...(hasLooked ? { terminatingReplicas: 0 } : {}),
    })
  }

  act(action: string): void {
    const [field, value] = action.split(' ')
    const { spec } = this.rig.state.objects.get<DeploymentSpec>(this.#id)
    const changes: Readonly<Record<string, Partial<DeploymentSpec>>> = {
      replicas: { replicas: Number(value) },
      paused: { paused: value === 'true' },
      image: { template: defaultDeploymentSpec({ template: templateOf(value) }).template },
    }
    this.rig.api.objects.updateSpec(this.#id, { ...spec, ...changes[field] })
  }

  /** One call of the controller, told in the words of the recordings. */
  sync(now: string) {
    const { rig } = this
    const at = rig.at(now)
    rig.runUntil(at)
    rig.clear()
    rig.reconciler.reconcile(this.#id, at)
    const { meta, status } = rig.state.objects.get<DeploymentSpec, DeploymentStatus>(this.#id)
    const [after] = rig.calls.after
    return {
      conditions: listOrNothing(
        status.conditions.map(condition => [
          condition.type,
          condition.status,
          condition.reason,
          rig.text(condition.lastUpdateTime ?? 0),
          rig.text(condition.lastTransitionTime),
        ]),
      ),
      events: listOrNothing(
        rig.events.map(([type, reason, message]) => [type, reason, this.#named(message)]),
      ),
      revision: meta.annotations[REVISION],
      status: {
        availableReplicas: status.availableReplicas,
        observedGeneration: status.observedGeneration,
        readyReplicas: status.readyReplicas,
        replicas: status.replicas,
        unavailableReplicas: status.unavailableReplicas,
        updatedReplicas: status.updatedReplicas,
      },
      writes: listOrNothing(rig.objects.writes.map(write => this.#written(write))),
      requeueRateLimited: rig.calls.rateLimited.length > 0 ? true : undefined,
      requeueAfterSeconds: after === undefined ? undefined : Math.floor(after[1] / SECOND),
    }
  }

  #written(write: ObjectWrite): unknown[] {
    if (write.verb === 'create') {
      return ['create', nameOf(write.draft.spec), (write.draft.spec as ReplicaSetSpec).replicas]
    }
    if (write.verb === 'update' && write.id === this.#id) return ['deploymentStatus']
    const name = nameOf(this.rig.state.objects.get(write.id).spec)
    if (write.verb === 'delete') return ['delete', name]
    const from = (write.spec as ReplicaSetSpec).replicas
    const to = (write.change.spec as ReplicaSetSpec).replicas
    return from === to ? ['annotate', name] : ['scale', name, from, to]
  }

  /** Names of ReplicaSets carry a hash here and the image in the recordings. */
  #named(message: string): string {
    for (const id of this.#replicaSets()) {
      const { meta, spec } = this.rig.state.objects.get(id)
      if (message.includes(meta.name)) return message.replace(meta.name, nameOf(spec))
    }
    return message
  }

  #replicaSetOf(image: string): ObjectId | undefined {
    return this.#replicaSets().find(id => nameOf(this.rig.state.objects.get(id).spec) === `web-${image}`)
  }

  #replicaSets(): ObjectId[] {
    return [...this.rig.state.objects.ofKind('ReplicaSet')]
  }
}

function nameOf(spec: unknown): string {
  return `web-${(spec as ReplicaSetSpec).template.spec.containers[0].image}`
}

/** The recordings leave empty lists out. */
function listOrNothing<T>(list: readonly T[]): readonly T[] | undefined {
  return list.length === 0 ? undefined : list
}
