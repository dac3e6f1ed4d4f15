/**
 * What the API server fills into workloads when they are written: replicas, strategies, limits, and the pod template.
 * Upstream: pkg/apis/apps/v1/defaults.go, pkg/apis/core/v1/defaults.go (1.36).
 * Simplified: only fields that something simulated reads are filled in; resource defaults are admission's.
 */
import { defaultPodSpec } from './pod-defaults.js'
import type { Labels, PodSpec } from './pod-spec.js'
import type {
  DaemonSetSpec,
  DaemonSetUpdateStrategy,
  DeploymentSpec,
  DeploymentStrategy,
  PodTemplateSpec,
  ReplicaSetSpec,
  ReplicationControllerSpec,
  StatefulSetSpec,
  StatefulSetUpdateStrategy,
} from './workloads.js'

interface WrittenTemplate {
  readonly metadata?: { readonly labels?: Labels | null; readonly annotations?: Labels | null } | null
  readonly spec?: PodSpec
}

type WithTemplate<T> = Omit<{ readonly [F in keyof T]?: T[F] | null }, 'template'> & {
  readonly template?: WrittenTemplate | null
}

export function defaultDeploymentSpec(
  spec: WithTemplate<Omit<DeploymentSpec, 'strategy'>> & {
    readonly strategy?: Partial<DeploymentStrategy> | null
  },
): DeploymentSpec {
  return {
    replicas: spec.replicas ?? 1,
    selector: spec.selector ?? {},
    template: defaultPodTemplate(spec.template),
    strategy: defaultStrategy(spec.strategy),
    minReadySeconds: spec.minReadySeconds ?? 0,
    revisionHistoryLimit: spec.revisionHistoryLimit ?? 10,
    progressDeadlineSeconds: spec.progressDeadlineSeconds ?? 600,
    paused: spec.paused ?? false,
  }
}

/** 25 % and 25 % unless given; one of the two given as nothing is filled in by itself. */
function defaultStrategy(strategy: Partial<DeploymentStrategy> | null | undefined): DeploymentStrategy {
  if (strategy?.type === 'Recreate') return { type: 'Recreate' }
  const written = (strategy as { rollingUpdate?: Partial<RollingUpdate> | null } | null | undefined)
    ?.rollingUpdate
  return {
    type: 'RollingUpdate',
    rollingUpdate: { maxSurge: written?.maxSurge ?? '25%', maxUnavailable: written?.maxUnavailable ?? '25%' },
  }
}

type RollingUpdate = Extract<DeploymentStrategy, { type: 'RollingUpdate' }>['rollingUpdate']

export function defaultReplicaSetSpec(spec: WithTemplate<ReplicaSetSpec>): ReplicaSetSpec {
  return {
    replicas: spec.replicas ?? 1,
    minReadySeconds: spec.minReadySeconds ?? 0,
    selector: spec.selector ?? {},
    template: defaultPodTemplate(spec.template),
  }
}

/** A controller without selector selects the labels of its template. */
export function defaultReplicationControllerSpec(
  spec: WithTemplate<ReplicationControllerSpec>,
): ReplicationControllerSpec {
  const template = defaultPodTemplate(spec.template)
  const selector = spec.selector ?? {}
  return {
    replicas: spec.replicas ?? 1,
    minReadySeconds: spec.minReadySeconds ?? 0,
    selector: Object.keys(selector).length === 0 ? template.metadata.labels : selector,
    template,
  }
}

export function defaultStatefulSetSpec(
  spec: WithTemplate<Omit<StatefulSetSpec, 'persistentVolumeClaimRetentionPolicy' | 'updateStrategy'>> & {
    readonly updateStrategy?: Partial<StatefulSetUpdateStrategy> | null
    readonly persistentVolumeClaimRetentionPolicy?: Partial<
      StatefulSetSpec['persistentVolumeClaimRetentionPolicy']
    > | null
  },
): StatefulSetSpec {
  const policy = spec.persistentVolumeClaimRetentionPolicy
  const type = spec.updateStrategy?.type ?? 'RollingUpdate'
  const partition = spec.updateStrategy?.rollingUpdate?.partition ?? 0
  return {
    replicas: spec.replicas ?? 1,
    selector: spec.selector ?? {},
    template: defaultPodTemplate(spec.template),
    volumeClaimTemplates: spec.volumeClaimTemplates ?? [],
    serviceName: spec.serviceName ?? '',
    podManagementPolicy: spec.podManagementPolicy ?? 'OrderedReady',
    updateStrategy: type === 'OnDelete' ? { type } : { type, rollingUpdate: { partition } },
    revisionHistoryLimit: spec.revisionHistoryLimit ?? 10,
    minReadySeconds: spec.minReadySeconds ?? 0,
    persistentVolumeClaimRetentionPolicy: {
      whenDeleted: policy?.whenDeleted ?? 'Retain',
      whenScaled: policy?.whenScaled ?? 'Retain',
    },
    ordinals: { start: spec.ordinals?.start ?? 0 },
  }
}

export function defaultDaemonSetSpec(
  spec: WithTemplate<Omit<DaemonSetSpec, 'updateStrategy'>> & {
    readonly updateStrategy?: Partial<DaemonSetUpdateStrategy> | null
  },
): DaemonSetSpec {
  const written = spec.updateStrategy as { rollingUpdate?: Partial<RollingUpdate> | null } | null | undefined
  return {
    selector: spec.selector ?? {},
    template: defaultPodTemplate(spec.template),
    updateStrategy:
      spec.updateStrategy?.type === 'OnDelete'
        ? { type: 'OnDelete' }
        : {
            type: 'RollingUpdate',
            rollingUpdate: {
              maxSurge: written?.rollingUpdate?.maxSurge ?? 0,
              maxUnavailable: written?.rollingUpdate?.maxUnavailable ?? 1,
            },
          },
    minReadySeconds: spec.minReadySeconds ?? 0,
    revisionHistoryLimit: spec.revisionHistoryLimit ?? 10,
  }
}

export function defaultPodTemplate(template: WrittenTemplate | null | undefined): PodTemplateSpec {
  const { labels, annotations, ...rest } = template?.metadata ?? {}
  return {
    metadata: { ...rest, labels: labels ?? {}, annotations: annotations ?? {} },
    spec: defaultPodSpec(template?.spec ?? { containers: [] }),
  }
}
