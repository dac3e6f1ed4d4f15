/**
 * What the API calls the objects of a kind: the plural resource with its group, as its messages name it.
 * Upstream: staging/src/k8s.io/apimachinery/pkg/api/meta/restmapper.go (UnsafeGuessKindToResource), resource
 * names of pkg/apis (1.36).
 * Simplified: kinds that do not come with Kubernetes get no group.
 */
const GROUPS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    apps: 'Deployment ReplicaSet StatefulSet DaemonSet ControllerRevision',
    batch: 'Job CronJob',
    autoscaling: 'HorizontalPodAutoscaler',
    'autoscaling.k8s.io': 'VerticalPodAutoscaler',
    'karpenter.sh': 'NodePool NodeClaim',
    policy: 'PodDisruptionBudget',
    'scheduling.k8s.io': 'PriorityClass',
    'storage.k8s.io': 'StorageClass CSINode CSIDriver VolumeAttachment',
    'discovery.k8s.io': 'EndpointSlice',
    'networking.k8s.io': 'Ingress IngressClass NetworkPolicy',
    'node.k8s.io': 'RuntimeClass',
    'resource.k8s.io': 'ResourceClaim ResourceClaimTemplate ResourceSlice DeviceClass',
  }).flatMap(([group, kinds]) => kinds.split(' ').map((kind): [string, string] => [kind, group])),
)

/** `deployments.apps`, `pods`. */
export function resourceOf(kind: string): string {
  const group = GROUPS.get(kind)
  return group === undefined ? pluralOf(kind) : `${pluralOf(kind)}.${group}`
}

function pluralOf(kind: string): string {
  const name = kind.toLowerCase()
  if (name === 'endpoints') return name
  if (name.endsWith('s')) return `${name}es`
  return name.endsWith('y') ? `${name.slice(0, -1)}ies` : `${name}s`
}

/** What the API server answers when there is no object of that name. */
export function notFoundMessage(kind: string, name: string): string {
  return `${resourceOf(kind)} "${name}" not found`
}
