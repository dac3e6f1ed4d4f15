/**
 * What a timeline shows of an object: the fields that the judge reads, and those that help to understand a
 * difference. Zero, false and empty values are left out.
 */
import { NEVER, SECOND, type SimTime } from '../../../engine/index.js'
import type { Condition } from '../../../engine/model/conditions.js'
import type { ClusterState } from '../../../engine/state/cluster-state.js'
import {
  type LabelSetId,
  type NamespaceId,
  NONE,
  type NodeId,
  type ObjectId,
  PHASE_NAMES,
  type PodId,
  type ReasonId,
  STATUS_NAMES,
  Status,
  type TaintSetId,
} from '../../../engine/state/ids.js'
import type { StoredObject } from '../../../engine/state/objects.js'

export type What = Readonly<Record<string, unknown>>

type Fields = Readonly<Record<string, unknown>>
type AnyObject = StoredObject<Fields, Fields>

const HASHES = ['pod-template-hash', 'controller-revision-hash']
const REVISION = 'deployment.kubernetes.io/revision'

export class Projections {
  readonly #state: ClusterState
  readonly #start: SimTime
  readonly #finalizersOf: (pod: PodId) => readonly string[]
  readonly #kinds: Readonly<Record<string, (object: AnyObject) => What>>

  constructor(state: ClusterState, start: SimTime, finalizersOf: (pod: PodId) => readonly string[]) {
    this.#state = state
    this.#start = start
    this.#finalizersOf = finalizersOf
    this.#kinds = {
      Deployment: object => this.#deployment(object),
      ReplicaSet: object => this.#replicaSet(object),
      StatefulSet: object => this.#statefulSet(object),
      DaemonSet: object => this.#daemonSet(object),
      Job: object => this.#job(object),
      CronJob: object => this.#cronJob(object),
      PodDisruptionBudget: object => this.#budget(object),
      HorizontalPodAutoscaler: object => this.#autoscaler(object),
      Namespace: object => this.#namespace(object),
      ResourceQuota: ({ status }) => ({ used: status['used'] ?? {}, hard: status['hard'] ?? {} }),
      PersistentVolumeClaim: object => this.#claim(object),
      PersistentVolume: object => this.#volume(object),
      ConfigMap: object => this.#configMap(object),
    }
  }

  has(kind: string): boolean {
    return this.#kinds[kind] !== undefined
  }

  object(id: ObjectId): What {
    const object = this.#state.objects.get<Fields, Fields>(id)
    return this.#kinds[object.kind](object)
  }

  namespaceOf(pod: PodId): string {
    return this.#state.namespaces.get(this.#state.pods.namespace[pod] as NamespaceId)
  }

  /** Seconds since the start; an API time has whole seconds of the day already. */
  #seconds(time: SimTime): number {
    return (time - this.#start) / SECOND
  }

  pod(pod: PodId): What {
    const { pods, nodes, objects, labelSets, templates } = this.#state
    const labels = labelSets.get(pods.labels[pod] as LabelSetId)
    const owner = pods.owner[pod] as ObjectId
    const claims = (templates.get(pods.templateOf(pod)).spec.volumes ?? []).flatMap(volume =>
      volume.persistentVolumeClaim === undefined ? [] : [volume.persistentVolumeClaim.claimName],
    )
    const isJobs = owner !== NONE && objects.get(owner).kind === 'Job'
    const waiting = pods.waiting[pod] === NONE ? '' : this.#reason(pods.waiting[pod])
    return {
      phase: PHASE_NAMES[pods.phase[pod]],
      ...(pods.ready[pod] === 1 ? { ready: true } : {}),
      ...(pods.node[pod] === NONE ? {} : { node: nodes.name[pods.node[pod]] }),
      ...(owner === NONE ? {} : { owner: ownerText(objects.get(owner)) }),
      ...(pods.deletionAt[pod] === NEVER
        ? {}
        : { deletionTimestamp: this.#seconds(pods.deletionAt[pod]), grace: pods.gracePeriodSeconds[pod] }),
      ...listOf('finalizers', this.#finalizersOf(pod)),
      ...(pods.reason[pod] === NONE ? {} : textOf('reason', this.#reason(pods.reason[pod]))),
      ...(pods.nominatedNode[pod] === NONE ? {} : { nominated: nodes.name[pods.nominatedNode[pod]] }),
      ...this.#podConditions(pod),
      ...(pods.restarts[pod] === 0 ? {} : { restarts: pods.restarts[pod] }),
      ...textOf('waiting', waiting),
      ...textOf('hash', HASHES.map(name => labels[name]).find(hash => hash !== undefined) ?? ''),
      ...(isJobs && pods.ordinal[pod] !== NONE ? { index: String(pods.ordinal[pod]) } : {}),
      ...listOf('claims', claims),
    }
  }

  #podConditions(pod: PodId): What {
    const { pods } = this.#state
    const conditions: Record<string, string> = {}
    if (pods.disruption[pod] !== NONE)
      conditions['DisruptionTarget'] = `True:${this.#reason(pods.disruption[pod])}`
    const unschedulable = pods.unschedulableReason[pod]
    if (unschedulable !== NONE) conditions['PodScheduled'] = 'False:Unschedulable'
    return {
      ...fieldsOf('conditions', conditions),
      ...(unschedulable === NONE ? {} : { message: this.#reason(unschedulable) }),
    }
  }

  #reason(id: number): string {
    return this.#state.reasons.get(id as ReasonId)
  }

  node(node: NodeId): What {
    const { nodes, taintSets } = this.#state
    const conditions: Record<string, string> = {}
    const pressures = [
      ['DiskPressure', nodes.diskPressure],
      ['MemoryPressure', nodes.memoryPressure],
      ['PIDPressure', nodes.pidPressure],
    ] as const
    for (const [type, column] of pressures)
      if (column[node] !== Status.False) conditions[type] = STATUS_NAMES[column[node]]
    const taints = taintSets.get(nodes.taints[node] as TaintSetId)
    return {
      ready: STATUS_NAMES[nodes.ready[node]],
      reason: this.#reason(nodes.readyReason[node]),
      ...fieldsOf('conditions', conditions),
      ...(nodes.unschedulable[node] === 1 ? { unschedulable: true } : {}),
      ...listOf(
        'taints',
        taints
          .map(({ key, value = '', effect }) => `${key}${value === '' ? '' : `=${value}`}:${effect}`)
          .sort(),
      ),
    }
  }

  #deployment({ meta, spec, status }: AnyObject): What {
    return {
      replicas: spec['replicas'],
      ...(spec['paused'] === true ? { paused: true } : {}),
      ...textOf('revision', meta.annotations[REVISION] ?? ''),
      generation: meta.generation,
      observed: status['observedGeneration'] ?? 0,
      status: counts(status, {
        replicas: 'replicas',
        updated: 'updatedReplicas',
        ready: 'readyReplicas',
        available: 'availableReplicas',
        unavailable: 'unavailableReplicas',
        terminating: 'terminatingReplicas',
      }),
      ...conditionsOf(status),
      ...this.#life(meta),
    }
  }

  #replicaSet({ meta, spec, status }: AnyObject): What {
    return {
      replicas: spec['replicas'],
      ...textOf('owner', controllerText(meta)),
      ...textOf('revision', meta.annotations[REVISION] ?? ''),
      status: counts(status, {
        replicas: 'replicas',
        ready: 'readyReplicas',
        available: 'availableReplicas',
        terminating: 'terminatingReplicas',
      }),
      ...conditionsOf(status),
      ...this.#life(meta),
    }
  }

  #statefulSet({ meta, spec, status }: AnyObject): What {
    return {
      replicas: spec['replicas'],
      status: counts(status, {
        replicas: 'replicas',
        ready: 'readyReplicas',
        available: 'availableReplicas',
        current: 'currentReplicas',
        updated: 'updatedReplicas',
      }),
      currentRevision: status['currentRevision'] ?? '',
      updateRevision: status['updateRevision'] ?? '',
      ...conditionsOf(status),
      ...this.#life(meta),
    }
  }

  #daemonSet({ meta, status }: AnyObject): What {
    return {
      ...counts(status, {
        desired: 'desiredNumberScheduled',
        current: 'currentNumberScheduled',
        misscheduled: 'numberMisscheduled',
        ready: 'numberReady',
        updated: 'updatedNumberScheduled',
        available: 'numberAvailable',
        unavailable: 'numberUnavailable',
      }),
      generation: meta.generation,
      observed: status['observedGeneration'] ?? 0,
      ...this.#life(meta),
    }
  }

  #job({ meta, spec, status }: AnyObject): What {
    return {
      ...textOf('owner', controllerText(meta)),
      parallelism: spec['parallelism'] ?? 1,
      ...counts(spec, { completions: 'completions' }),
      ...(spec['suspend'] === true ? { suspend: true } : {}),
      status: {
        ...counts(status, { active: 'active', ready: 'ready', succeeded: 'succeeded', failed: 'failed' }),
        ...counts(status, { terminating: 'terminating' }),
        ...textOf('completedIndexes', status['completedIndexes']),
        ...textOf('failedIndexes', status['failedIndexes']),
      },
      ...conditionsOf(status),
      ...this.#life(meta),
    }
  }

  #cronJob({ spec, status }: AnyObject): What {
    const active = ((status['active'] ?? []) as readonly (string | number | { readonly name: string })[]).map(
      entry => this.#activeName(entry),
    )
    return {
      ...(spec['suspend'] === true ? { suspend: true } : {}),
      ...listOf('active', active.sort()),
    }
  }

  /** A reference to a Job: its name, or its number. */
  #activeName(entry: string | number | { readonly name: string }): string {
    if (typeof entry === 'object') return entry.name
    if (typeof entry === 'string') return entry
    const { objects } = this.#state
    const id = objects.findByUid(entry)
    return id === undefined ? String(entry) : objects.get(id).meta.name
  }

  #budget({ status }: AnyObject): What {
    const disrupted = Object.keys(status['disruptedPods'] ?? {}).length
    return {
      disruptionsAllowed: status['disruptionsAllowed'] ?? 0,
      currentHealthy: status['currentHealthy'] ?? 0,
      desiredHealthy: status['desiredHealthy'] ?? 0,
      expectedPods: status['expectedPods'] ?? 0,
      ...(disrupted === 0 ? {} : { disruptedPods: disrupted }),
      ...conditionsOf(status),
    }
  }

  #autoscaler({ spec, status }: AnyObject): What {
    return {
      current: status['currentReplicas'] ?? 0,
      desired: status['desiredReplicas'] ?? 0,
      min: spec['minReplicas'] ?? 1,
      max: spec['maxReplicas'],
      ...conditionsOf(status),
    }
  }

  #namespace({ meta, status }: AnyObject): What {
    return {
      phase: status['phase'] ?? (meta.deletionAt === NEVER ? 'Active' : 'Terminating'),
      ...conditionsOf(status),
      ...listOf('finalizers', meta.finalizers),
    }
  }

  #claim({ meta, spec, status }: AnyObject): What {
    const capacity = (status['capacity'] ?? {}) as Readonly<Record<string, string>>
    return {
      phase: status['phase'] ?? 'Pending',
      ...textOf('volume', spec['volumeName']),
      ...textOf('class', spec['storageClassName']),
      ...textOf('capacity', capacity['storage'] ?? ''),
      ...textOf('selectedNode', meta.annotations['volume.kubernetes.io/selected-node'] ?? ''),
      ...this.#ownersAndLife(meta),
    }
  }

  #volume({ meta, spec, status }: AnyObject): What {
    const claim = spec['claimRef'] as { readonly namespace: string; readonly name: string } | undefined
    const capacity = (spec['capacity'] ?? {}) as Readonly<Record<string, string>>
    return {
      phase: status['phase'] ?? 'Pending',
      ...textOf('claim', claim === undefined ? '' : `${claim.namespace}/${claim.name}`),
      ...textOf('class', spec['storageClassName']),
      capacity: capacity['storage'] ?? '',
      reclaim: spec['persistentVolumeReclaimPolicy'] ?? 'Retain',
      ...textOf('message', status['message']),
      ...listOf('nodes', hostnames(spec['nodeAffinity'])),
      ...this.#life(meta),
    }
  }

  #configMap({ meta }: AnyObject): What {
    return this.#ownersAndLife(meta)
  }

  #ownersAndLife(meta: AnyObject['meta']): What {
    const owners = meta.owners.map(({ kind, name }) => `${kind}/${name}`).sort()
    return { ...listOf('owners', owners), ...this.#life(meta) }
  }

  #life(meta: AnyObject['meta']): What {
    return {
      ...(meta.deletionAt === NEVER ? {} : { deletionTimestamp: this.#seconds(meta.deletionAt) }),
      ...listOf('finalizers', meta.finalizers),
    }
  }
}

function ownerText({ kind, meta }: StoredObject): string {
  return `${kind}/${meta.name}`
}

function controllerText({ owners }: AnyObject['meta']): string {
  const controller = owners.find(owner => owner.controller)
  return controller === undefined ? '' : `${controller.kind}/${controller.name}`
}

function textOf(name: string, text: unknown): What {
  return typeof text !== 'string' || text === '' ? {} : { [name]: text }
}

function listOf(name: string, list: readonly unknown[]): What {
  return list.length === 0 ? {} : { [name]: list }
}

function fieldsOf(name: string, fields: object): What {
  return Object.keys(fields).length === 0 ? {} : { [name]: fields }
}

function counts(source: Fields, names: Readonly<Record<string, string>>): What {
  const found: Record<string, unknown> = {}
  for (const [name, field] of Object.entries(names)) {
    const value = source[field]
    if (value !== undefined && value !== null && value !== 0) found[name] = value
  }
  return found
}

/** `{Progressing: "True:NewReplicaSetAvailable"}`. */
function conditionsOf(status: Fields): What {
  const conditions = (status['conditions'] ?? []) as readonly Condition[]
  return fieldsOf(
    'conditions',
    Object.fromEntries(conditions.map(({ type, status: value, reason }) => [type, `${value}:${reason}`])),
  )
}

interface Affinity {
  readonly required?: {
    readonly nodeSelectorTerms?: readonly {
      readonly matchExpressions?: readonly { readonly key: string; readonly values?: readonly string[] }[]
    }[]
  }
}

function hostnames(affinity: unknown): readonly string[] {
  const terms = (affinity as Affinity | undefined)?.required?.nodeSelectorTerms ?? []
  return terms.flatMap(({ matchExpressions = [] }) =>
    matchExpressions.flatMap(({ key, values = [] }) => (key === 'kubernetes.io/hostname' ? values : [])),
  )
}
