import { didYouMean } from '../../engine/index.js'
import { listAlternatives } from '../describe-value.js'

/**
 * Kinds of the groups that come with Kubernetes and its autoscalers, so that a slip of the pen is not taken for a
 * custom resource.
 * Upstream: staging/src/k8s.io/api (1.36).
 */
const GROUPS: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    v1:
      'Pod Node Namespace Service Endpoints ConfigMap Secret ServiceAccount ReplicationController LimitRange ' +
      'ResourceQuota PersistentVolume PersistentVolumeClaim PodTemplate Event Binding',
    'apps/v1': 'Deployment ReplicaSet StatefulSet DaemonSet ControllerRevision',
    'batch/v1': 'Job CronJob',
    'autoscaling/v2': 'HorizontalPodAutoscaler',
    'autoscaling/v1': 'HorizontalPodAutoscaler',
    'autoscaling.k8s.io/v1': 'VerticalPodAutoscaler VerticalPodAutoscalerCheckpoint',
    'karpenter.sh/v1': 'NodePool NodeClaim',
    'policy/v1': 'PodDisruptionBudget Eviction',
    'scheduling.k8s.io/v1': 'PriorityClass',
    'scheduling.k8s.io/v1alpha2': 'Workload PodGroup',
    'storage.k8s.io/v1':
      'StorageClass CSINode CSIDriver VolumeAttachment CSIStorageCapacity VolumeAttributesClass',
    'discovery.k8s.io/v1': 'EndpointSlice',
    'networking.k8s.io/v1': 'Ingress IngressClass NetworkPolicy IPAddress ServiceCIDR',
    'node.k8s.io/v1': 'RuntimeClass',
    'coordination.k8s.io/v1': 'Lease',
    'resource.k8s.io/v1': 'ResourceClaim ResourceClaimTemplate ResourceSlice DeviceClass',
    'rbac.authorization.k8s.io/v1': 'Role RoleBinding ClusterRole ClusterRoleBinding',
  }).map(([version, kinds]) => [version, kinds.split(' ')]),
)

/** Groups of old releases that manifests found in the wild still name. */
const REMOVED: ReadonlySet<string> = new Set([
  'extensions/v1beta1',
  'apps/v1beta1',
  'apps/v1beta2',
  'batch/v1beta1',
  'policy/v1beta1',
  'autoscaling/v2beta1',
  'autoscaling/v2beta2',
])

/** Why a built-in group has no such kind, or undefined when all is well. */
export function unknownKindFault(apiVersion: string, kind: string): string | undefined {
  const kinds = GROUPS.get(apiVersion)
  if (kinds === undefined || kinds.includes(kind)) return undefined
  const home = groupsOf(kind)
  if (home.length > 0) return undefined
  const meant = didYouMean(kind, kinds)
  return `there is no kind "${kind}" in ${apiVersion}${meant === undefined ? '' : `; did you mean "${meant}"?`}`
}

/** Why a kind does not belong to the group it names. */
export function apiVersionFault(apiVersion: string, kind: string): string | undefined {
  const home = groupsOf(kind)
  const isElsewhere = GROUPS.has(apiVersion) && home.length > 0 && !home.includes(apiVersion)
  if (!isElsewhere && !REMOVED.has(apiVersion)) return undefined
  if (home.length === 0) return `${apiVersion} is gone from Kubernetes 1.36`
  return `${kind} is in ${listAlternatives(home)}, not in "${apiVersion}"`
}

function groupsOf(kind: string): string[] {
  return [...GROUPS].filter(([, kinds]) => kinds.includes(kind)).map(([version]) => version)
}
