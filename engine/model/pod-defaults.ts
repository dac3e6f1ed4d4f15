/**
 * What the API server fills into pods when they are created, and into the pod templates of workloads when those are.
 * Upstream: pkg/apis/core/v1/defaults.go and pkg/registry/core/pod/strategy.go (1.36).
 * Simplified: only fields that something simulated reads are filled in; of pod-level resources only the requests.
 */
import { DEFAULT_GRACE_PERIOD_SECONDS } from './defaults.js'
import { mergeLabelKeys } from './label-keys.js'
import type {
  Amounts,
  Container,
  ContainerPort,
  Labels,
  PersistentVolumeClaimSpec,
  PodSpec,
  Probe,
  ResourceRequirements,
  Volume,
} from './pod-spec.js'
import { isPodLevel, podRequests } from './resources.js'

/**
 * The spec of a pod as it is stored: everything of {@link defaultPodSpec}, requests taken from limits, host ports, and
 * label keys made part of the selectors. Pods of one template differ here by the labels that their terms name.
 */
export function defaultPod(written: PodSpec, labels: Labels): PodSpec {
  return mergeLabelKeys(defaultPodFields(written), labels)
}

/** The same without the label keys. */
export function defaultPodFields(written: PodSpec): PodSpec {
  const spec = defaultPodSpec(written)
  const { hostNetwork = false, initContainers } = spec
  const withContainers: PodSpec = {
    ...spec,
    containers: spec.containers.map(container => defaultPodContainer(container, hostNetwork)),
    ...(initContainers === undefined
      ? {}
      : { initContainers: initContainers.map(container => defaultPodContainer(container, hostNetwork)) }),
  }
  return withPodLevelRequests(withContainers)
}

/**
 * What a pod spec gets wherever it stands, in a pod or in the template of a workload. Specs and containers are read for
 * every pod, so those with the same fields get one hidden class, which a spread with one more field would not give.
 */
export function defaultPodSpec(spec: PodSpec): PodSpec {
  const { initContainers, volumes } = spec
  return Object.assign({}, spec, {
    containers: spec.containers.map(defaultContainer),
    ...(initContainers === undefined ? {} : { initContainers: initContainers.map(defaultContainer) }),
    ...(volumes === undefined ? {} : { volumes: volumes.map(defaultVolume) }),
    restartPolicy: spec.restartPolicy ?? 'Always',
    terminationGracePeriodSeconds: spec.terminationGracePeriodSeconds ?? DEFAULT_GRACE_PERIOD_SECONDS,
    schedulerName: spec.schedulerName ?? 'default-scheduler',
  })
}

export function defaultClaimSpec(spec: PersistentVolumeClaimSpec): PersistentVolumeClaimSpec {
  return { ...spec, volumeMode: spec.volumeMode ?? 'Filesystem' }
}

function defaultContainer(container: Container): Container {
  const { image = '', ports } = container
  return Object.assign({}, container, {
    imagePullPolicy: container.imagePullPolicy ?? (isLatest(image) ? 'Always' : 'IfNotPresent'),
    ...(ports === undefined
      ? {}
      : { ports: ports.map(port => ({ ...port, protocol: port.protocol ?? 'TCP' })) }),
    ...defaultProbe('startupProbe', container.startupProbe),
    ...defaultProbe('readinessProbe', container.readinessProbe),
    ...defaultProbe('livenessProbe', container.livenessProbe),
  })
}

/** An image without tag or digest, or tagged latest, is pulled each time. */
function isLatest(image: string): boolean {
  if (image.includes('@')) return false
  const name = image.slice(image.lastIndexOf('/') + 1)
  const tag = name.indexOf(':')
  return tag < 0 || name.slice(tag + 1) === 'latest'
}

function defaultProbe(
  field: 'startupProbe' | 'readinessProbe' | 'livenessProbe',
  probe: Probe | undefined,
): Partial<Container> {
  if (probe === undefined) return {}
  const filled: Probe = {
    ...probe,
    timeoutSeconds: probe.timeoutSeconds ?? 1,
    periodSeconds: probe.periodSeconds ?? 10,
    successThreshold: probe.successThreshold ?? 1,
    failureThreshold: probe.failureThreshold ?? 3,
  }
  return { [field]: filled }
}

function defaultVolume(volume: Volume): Volume {
  const template = volume.ephemeral?.volumeClaimTemplate
  if (template === undefined) return volume
  return {
    ...volume,
    ephemeral: { volumeClaimTemplate: { ...template, spec: defaultClaimSpec(template.spec) } },
  }
}

/** What only the containers of a real pod get, not those of a template. */
function defaultPodContainer(container: Container, isOnHostNetwork: boolean): Container {
  const { resources, ports } = container
  return Object.assign({}, container, {
    ...(resources === undefined ? {} : { resources: withRequestsFromLimits(resources) }),
    ...(ports === undefined || !isOnHostNetwork ? {} : { ports: ports.map(withHostPort) }),
  })
}

function withRequestsFromLimits(resources: ResourceRequirements): ResourceRequirements {
  return resources.limits === undefined
    ? resources
    : { ...resources, requests: { ...resources.limits, ...resources.requests } }
}

function withHostPort(port: ContainerPort): ContainerPort {
  const { hostPort = 0, containerPort } = port
  return hostPort === 0 ? { ...port, hostPort: containerPort } : port
}

/** Pod-level requests that are left open become what the containers ask together, or else the pod-level limit. */
function withPodLevelRequests(spec: PodSpec): PodSpec {
  const { resources, overhead: _, ...rest } = spec
  if (resources === undefined) return spec
  const requests: Record<string, string> = { ...resources.requests }
  for (const [name, amount] of podRequests(rest, {}, false)) {
    if (isPodLevel(name)) requests[name] ??= name === 'cpu' ? `${amount}m` : String(amount)
  }
  const limits: Amounts = resources.limits ?? {}
  for (const [name, quantity] of Object.entries(limits)) if (isPodLevel(name)) requests[name] ??= quantity
  return Object.keys(requests).length === 0 ? spec : { ...spec, resources: { ...resources, requests } }
}
