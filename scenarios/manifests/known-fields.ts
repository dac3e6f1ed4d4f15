/**
 * The fields that Kubernetes knows in the objects whose fields are checked here, with the kinds of their values.
 * Upstream: staging/src/k8s.io/api/core/v1/types.go and meta/v1/types.go (1.36).
 * Simplified: the insides of volumes, security contexts and status are not looked at.
 */

import { all, amounts, type Fields, type Kind, labelSelector, of, strings, words } from './field-kinds.js'
import { SPEC_FIELDS } from './workload-fields.js'

const ownerReference = of(
  { ...all('string', 'apiVersion kind name uid'), ...all('boolean', 'controller blockOwnerDeletion') },
  'kind',
  'name',
)

export const objectMeta = of({
  ...all(
    'string',
    'name namespace generateName uid resourceVersion selfLink creationTimestamp deletionTimestamp clusterName',
  ),
  ...all('integer', 'generation deletionGracePeriodSeconds'),
  ...all(words, 'labels annotations'),
  finalizers: strings,
  ownerReferences: { list: ownerReference },
  managedFields: 'any',
})

const nodeSelectorTerm = of(
  all(
    { list: of({ key: 'string', operator: 'string', values: strings }, 'key', 'operator') },
    'matchExpressions matchFields',
  ),
)

const podAffinityTerm = of(
  {
    ...all(labelSelector, 'labelSelector namespaceSelector'),
    ...all(strings, 'namespaces matchLabelKeys mismatchLabelKeys'),
    topologyKey: 'string',
  },
  'topologyKey',
)
const podAffinity = of({
  requiredDuringSchedulingIgnoredDuringExecution: { list: podAffinityTerm },
  preferredDuringSchedulingIgnoredDuringExecution: {
    list: of({ weight: 'integer', podAffinityTerm }, 'weight', 'podAffinityTerm'),
  },
})
const affinity = of({
  nodeAffinity: of({
    requiredDuringSchedulingIgnoredDuringExecution: of(
      { nodeSelectorTerms: { list: nodeSelectorTerm } },
      'nodeSelectorTerms',
    ),
    preferredDuringSchedulingIgnoredDuringExecution: {
      list: of({ weight: 'integer', preference: nodeSelectorTerm }, 'weight', 'preference'),
    },
  }),
  podAffinity,
  podAntiAffinity: podAffinity,
})

const resources = of({
  ...all(amounts, 'requests limits'),
  claims: { list: of(all('string', 'name request'), 'name') },
})

const handler: Record<string, Kind> = {
  exec: of({ command: strings }),
  httpGet: of({ ...all('string', 'path host scheme'), port: 'int-or-string', httpHeaders: 'any' }, 'port'),
  tcpSocket: of({ host: 'string', port: 'int-or-string' }, 'port'),
}
const probe = of({
  ...handler,
  grpc: of({ port: 'integer', service: 'string' }, 'port'),
  ...all(
    'integer',
    'initialDelaySeconds timeoutSeconds periodSeconds successThreshold failureThreshold ' +
      'terminationGracePeriodSeconds',
  ),
})
const lifecycleHandler = of({ ...handler, sleep: of({ seconds: 'integer' }, 'seconds') })

const port = of(
  { ...all('string', 'name hostIP protocol'), ...all('integer', 'containerPort hostPort') },
  'containerPort',
)
const restartRule = of(
  { action: 'string', exitCodes: of({ operator: 'string', values: { list: 'integer' } }) },
  'action',
)

export const container = of(
  {
    ...all(
      'string',
      'name image imagePullPolicy workingDir restartPolicy terminationMessagePath terminationMessagePolicy',
    ),
    ...all('string', 'targetContainerName'),
    ...all(strings, 'command args'),
    ...all('boolean', 'stdin stdinOnce tty'),
    ...all('any', 'env envFrom volumeMounts volumeDevices securityContext'),
    resizePolicy: { list: of({ ...all('string', 'resourceName restartPolicy') }, 'resourceName') },
    ...all(probe, 'startupProbe readinessProbe livenessProbe'),
    restartPolicyRules: { list: restartRule },
    lifecycle: of({ postStart: lifecycleHandler, preStop: lifecycleHandler, stopSignal: 'string' }),
    ports: { list: port },
    resources,
  },
  'name',
)

const toleration = of({ ...all('string', 'key operator value effect'), tolerationSeconds: 'integer' })

const spreadConstraint = of(
  {
    ...all('integer', 'maxSkew minDomains'),
    ...all('string', 'topologyKey whenUnsatisfiable nodeAffinityPolicy nodeTaintsPolicy'),
    labelSelector,
    matchLabelKeys: strings,
  },
  'maxSkew',
  'topologyKey',
  'whenUnsatisfiable',
)

/** A volume is a name and a source; what the source says is for those who simulate storage. */
const volume = of(
  {
    name: 'string',
    ...all(
      'any',
      'persistentVolumeClaim ephemeral emptyDir image gcePersistentDisk awsElasticBlockStore rbd iscsi hostPath ' +
        'configMap secret projected downwardAPI csi nfs azureDisk azureFile cephfs cinder fc flexVolume flocker ' +
        'gitRepo glusterfs photonPersistentDisk portworxVolume quobyte scaleIO storageos vsphereVolume',
    ),
  },
  'name',
)

export const podSpec = of(
  {
    ...all({ list: container }, 'containers initContainers ephemeralContainers'),
    ...all(
      'string',
      'nodeName schedulerName priorityClassName preemptionPolicy restartPolicy hostname subdomain dnsPolicy ' +
        'serviceAccountName serviceAccount runtimeClassName hostnameOverride',
    ),
    ...all('integer', 'priority terminationGracePeriodSeconds activeDeadlineSeconds'),
    ...all(
      'boolean',
      'hostNetwork hostPID hostIPC hostUsers shareProcessNamespace automountServiceAccountToken ' +
        'enableServiceLinks setHostnameAsFQDN',
    ),
    ...all('any', 'securityContext imagePullSecrets dnsConfig hostAliases os'),
    nodeSelector: words,
    affinity,
    tolerations: { list: toleration },
    topologySpreadConstraints: { list: spreadConstraint },
    schedulingGates: { list: of({ name: 'string' }, 'name') },
    schedulingGroup: of({ podGroupName: 'string' }),
    workloadRef: of(all('string', 'name podGroup podGroupReplicaKey'), 'name', 'podGroup'),
    overhead: amounts,
    resources,
    resourceClaims: {
      list: of(all('string', 'name resourceClaimName resourceClaimTemplateName'), 'name'),
    },
    volumes: { list: volume },
    readinessGates: { list: of({ conditionType: 'string' }, 'conditionType') },
  },
  'containers',
)

export const podTemplate = of({ metadata: objectMeta, spec: podSpec }, 'spec')

const taint = of(all('string', 'key value effect timeAdded'), 'key', 'effect')
const objectFields: Record<string, Kind> = { apiVersion: 'string', kind: 'string', metadata: objectMeta }

const nodePoolTemplate = of(
  {
    metadata: of(all(words, 'labels annotations')),
    spec: of({
      requirements: {
        list: of(
          { ...all('string', 'key operator'), values: strings, minValues: 'integer' },
          'key',
          'operator',
        ),
      },
      ...all({ list: taint }, 'taints startupTaints'),
      ...all('string', 'expireAfter terminationGracePeriod'),
      nodeClassRef: of(all('string', 'group kind name'), 'group', 'kind', 'name'),
    }),
  },
  'spec',
)
const nodePoolSpec = of(
  {
    template: nodePoolTemplate,
    disruption: of({
      ...all('string', 'consolidateAfter consolidationPolicy'),
      budgets: {
        list: of({ ...all('string', 'nodes schedule duration'), reasons: strings }, 'nodes'),
      },
    }),
    limits: amounts,
    ...all('integer', 'weight replicas'),
  },
  'template',
)

/** A kind whose spec is known and whose status is its controller's. */
function object(spec: Fields): Fields {
  return of({ ...objectFields, spec, status: 'any' }, 'spec')
}

/** The kinds whose every field is checked; all others are checked in their metadata only. */
export const CHECKED_KINDS: ReadonlyMap<string, Fields> = new Map<string, Fields>([
  ['Pod', object(podSpec)],
  ['NodePool', object(nodePoolSpec)],
  ...[...SPEC_FIELDS].map(([kind, spec]): [string, Fields] => [kind, object(spec)]),
  ['Namespace', of({ ...objectFields, spec: of({ finalizers: strings }), status: 'any' })],
  [
    'PriorityClass',
    of(
      {
        ...objectFields,
        value: 'integer',
        globalDefault: 'boolean',
        ...all('string', 'description preemptionPolicy'),
      },
      'value',
    ),
  ],
  [
    'Node',
    of(
      {
        ...objectFields,
        spec: of({
          ...all('string', 'podCIDR providerID externalID'),
          podCIDRs: strings,
          unschedulable: 'boolean',
          configSource: 'any',
          taints: { list: taint },
        }),
        status: of({
          ...all(amounts, 'capacity allocatable'),
          images: { list: of({ names: strings, sizeBytes: 'integer' }) },
          ...all(
            'any',
            'conditions addresses daemonEndpoints nodeInfo volumesInUse volumesAttached config runtimeHandlers ' +
              'features declaredFeatures',
          ),
          phase: 'string',
        }),
      },
      'status',
    ),
  ],
])

/** Where the pod template of a workload lies. */
export const TEMPLATE_PATHS: ReadonlyMap<string, readonly string[]> = new Map([
  ...['Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet', 'ReplicationController', 'Job'].map(
    (kind): [string, readonly string[]] => [kind, ['spec', 'template']],
  ),
  ['CronJob', ['spec', 'jobTemplate', 'spec', 'template']],
])

/** Kinds that lie in no namespace. */
export const CLUSTER_KINDS: ReadonlySet<string> = new Set(
  (
    'Node Namespace PriorityClass PersistentVolume StorageClass CSINode CSIDriver VolumeAttachment RuntimeClass ' +
    'DeviceClass ResourceSlice ClusterRole ClusterRoleBinding CustomResourceDefinition IngressClass APIService ' +
    'ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding ValidatingWebhookConfiguration ' +
    'MutatingWebhookConfiguration FlowSchema PriorityLevelConfiguration NodePool EC2NodeClass NodeClaim'
  ).split(' '),
)
