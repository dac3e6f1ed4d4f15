import type { LabelSelector } from './labels.js'
import type { NodeSelector, PreferredSchedulingTerm } from './node-affinity.js'
import type { Toleration } from './taints.js'

/**
 * The part of a PodSpec that the simulator acts on, in Kubernetes' own field names.
 * Upstream: staging/src/k8s.io/api/core/v1/types.go (1.36). Amounts stay strings until they are interned.
 */
export type Amounts = Readonly<Record<string, string>>
export type Labels = Readonly<Record<string, string>>

export interface ResourceRequirements {
  readonly requests?: Amounts
  readonly limits?: Amounts
  readonly claims?: readonly { readonly name: string; readonly request?: string }[]
}

export interface ContainerPort {
  readonly name?: string
  readonly containerPort: number
  readonly hostPort?: number
  readonly hostIP?: string
  readonly protocol?: string
}

export interface ProbeHandler {
  readonly exec?: { readonly command?: readonly string[] }
  readonly httpGet?: { readonly path?: string; readonly port: number | string }
  readonly tcpSocket?: { readonly port: number | string }
  readonly grpc?: { readonly port: number }
}

export interface Probe extends ProbeHandler {
  readonly initialDelaySeconds?: number
  readonly timeoutSeconds?: number
  readonly periodSeconds?: number
  readonly successThreshold?: number
  readonly failureThreshold?: number
  readonly terminationGracePeriodSeconds?: number
}

export interface LifecycleHandler extends ProbeHandler {
  readonly sleep?: { readonly seconds: number }
}

export interface Container {
  readonly name: string
  readonly image?: string
  readonly imagePullPolicy?: 'Always' | 'IfNotPresent' | 'Never'
  readonly resources?: ResourceRequirements
  readonly ports?: readonly ContainerPort[]
  /** On an init container, Always makes it a sidecar. */
  readonly restartPolicy?: 'Always' | 'OnFailure' | 'Never'
  readonly restartPolicyRules?: readonly ContainerRestartRule[]
  /** Whether another amount of a resource needs a restart; by default it does not. */
  readonly resizePolicy?: readonly {
    readonly resourceName: string
    readonly restartPolicy: 'NotRequired' | 'RestartContainer'
  }[]
  readonly startupProbe?: Probe
  readonly readinessProbe?: Probe
  readonly livenessProbe?: Probe
  readonly lifecycle?: { readonly postStart?: LifecycleHandler; readonly preStop?: LifecycleHandler }
}

export interface ContainerRestartRule {
  readonly action: 'Restart' | 'RestartAllContainers'
  readonly exitCodes?: { readonly operator: 'In' | 'NotIn'; readonly values: readonly number[] }
}

export interface PodAffinityTerm {
  readonly labelSelector?: LabelSelector
  readonly topologyKey: string
  readonly namespaces?: readonly string[]
  readonly namespaceSelector?: LabelSelector
  readonly matchLabelKeys?: readonly string[]
  readonly mismatchLabelKeys?: readonly string[]
}

export interface WeightedPodAffinityTerm {
  readonly weight: number
  readonly podAffinityTerm: PodAffinityTerm
}

export interface PodAffinity {
  readonly requiredDuringSchedulingIgnoredDuringExecution?: readonly PodAffinityTerm[]
  readonly preferredDuringSchedulingIgnoredDuringExecution?: readonly WeightedPodAffinityTerm[]
}

export interface Affinity {
  readonly nodeAffinity?: {
    readonly requiredDuringSchedulingIgnoredDuringExecution?: NodeSelector
    readonly preferredDuringSchedulingIgnoredDuringExecution?: readonly PreferredSchedulingTerm[]
  }
  readonly podAffinity?: PodAffinity
  readonly podAntiAffinity?: PodAffinity
}

export interface TopologySpreadConstraint {
  readonly maxSkew: number
  readonly topologyKey: string
  readonly whenUnsatisfiable: 'DoNotSchedule' | 'ScheduleAnyway'
  readonly labelSelector?: LabelSelector
  readonly minDomains?: number
  readonly nodeAffinityPolicy?: 'Honor' | 'Ignore'
  readonly nodeTaintsPolicy?: 'Honor' | 'Ignore'
  readonly matchLabelKeys?: readonly string[]
}

export interface PersistentVolumeClaimTemplate {
  readonly metadata?: { readonly name?: string; readonly labels?: Labels; readonly annotations?: Labels }
  readonly spec: PersistentVolumeClaimSpec
}

export interface PersistentVolumeClaimSpec {
  readonly accessModes?: readonly string[]
  readonly resources?: ResourceRequirements
  readonly storageClassName?: string
  readonly volumeName?: string
  readonly volumeMode?: string
  readonly volumeAttributesClassName?: string
  readonly selector?: LabelSelector
}

export interface Volume {
  readonly name: string
  readonly persistentVolumeClaim?: { readonly claimName: string; readonly readOnly?: boolean }
  readonly ephemeral?: { readonly volumeClaimTemplate: PersistentVolumeClaimTemplate }
  readonly emptyDir?: { readonly medium?: string; readonly sizeLimit?: string }
  readonly image?: { readonly reference?: string; readonly pullPolicy?: string }
  readonly gcePersistentDisk?: { readonly pdName: string; readonly readOnly?: boolean }
  readonly awsElasticBlockStore?: { readonly volumeID: string; readonly readOnly?: boolean }
  readonly rbd?: {
    readonly monitors: readonly string[]
    readonly image: string
    readonly pool?: string
    readonly readOnly?: boolean
  }
  readonly iscsi?: { readonly iqn: string; readonly lun?: number; readonly readOnly?: boolean }
  readonly hostPath?: { readonly path: string }
  readonly configMap?: { readonly name?: string }
  readonly secret?: { readonly secretName?: string }
}

export interface PodSpec {
  readonly containers: readonly Container[]
  readonly initContainers?: readonly Container[]
  readonly nodeName?: string
  readonly nodeSelector?: Labels
  readonly affinity?: Affinity
  readonly tolerations?: readonly Toleration[]
  readonly topologySpreadConstraints?: readonly TopologySpreadConstraint[]
  readonly schedulerName?: string
  readonly schedulingGates?: readonly { readonly name: string }[]
  readonly schedulingGroup?: { readonly podGroupName?: string }
  readonly workloadRef?: {
    readonly name: string
    readonly podGroup: string
    readonly podGroupReplicaKey?: string
  }
  readonly priority?: number
  readonly priorityClassName?: string
  readonly preemptionPolicy?: 'PreemptLowerPriority' | 'Never'
  readonly restartPolicy?: 'Always' | 'OnFailure' | 'Never'
  readonly terminationGracePeriodSeconds?: number
  readonly activeDeadlineSeconds?: number
  readonly hostNetwork?: boolean
  /** False gives the pod a user namespace of its own. */
  readonly hostUsers?: boolean
  readonly hostname?: string
  readonly subdomain?: string
  readonly overhead?: Amounts
  /** Pod-level requests and limits. */
  readonly resources?: ResourceRequirements
  readonly resourceClaims?: readonly {
    readonly name: string
    readonly resourceClaimName?: string
    readonly resourceClaimTemplateName?: string
  }[]
  readonly volumes?: readonly Volume[]
  readonly readinessGates?: readonly { readonly conditionType: string }[]
}
