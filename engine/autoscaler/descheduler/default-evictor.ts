/**
 * Which pods may be evicted at all: those that no protection keeps, and, where asked for, that fit elsewhere.
 * Upstream: pkg/framework/plugins/defaultevictor (defaultevictor.go, constraints.go) of the descheduler 0.36.0.
 * Simplified: nothing known.
 */
import { parseDuration } from '../../kernel/time.js'
import type { DefaultEvictorArgs } from '../../model/descheduler.js'
import { type CompiledSelector, compileSelector, type LabelSelector } from '../../model/labels.js'
import { isStaticPod, SYSTEM_CRITICAL_PRIORITY } from '../../model/qos.js'
import { parseSelector } from '../../model/selector-text.js'
import type { ClusterView, ViewedNode, ViewedPod } from './cluster-view.js'
import { fitsAnyOtherNode } from './node-fit.js'

const EVICT = 'descheduler.alpha.kubernetes.io/evict'
const PREFER_NO_EVICTION = 'descheduler.alpha.kubernetes.io/prefer-no-eviction'
const MIRROR = 'kubernetes.io/config.mirror'

/** On unless they are switched off. */
export const DEFAULT_PROTECTIONS = [
  'PodsWithLocalStorage',
  'SystemCriticalPods',
  'FailedBarePods',
  'DaemonSetPods',
]
/** Off unless they are switched on. */
export const EXTRA_PROTECTIONS = ['PodsWithPVC', 'PodsWithoutPDB', 'PodsWithResourceClaims']

type Keeps = (pod: ViewedPod) => boolean

export class DefaultEvictor {
  readonly #cluster: ClusterView
  readonly #args: DefaultEvictorArgs
  readonly #protections: readonly Keeps[]
  readonly #nodes: readonly ViewedNode[]
  readonly #namespaces: CompiledSelector | undefined

  constructor(cluster: ClusterView, args: DefaultEvictorArgs) {
    this.#cluster = cluster
    this.#args = args
    this.#protections = [...protections(args, cluster), ...constraints(args, cluster)]
    const selector = parseSelector(args.nodeSelector ?? '')
    this.#nodes = cluster.nodes.filter(
      ({ isReady, labels }) => isReady && !('error' in selector) && selector.matches(labels),
    )
    this.#namespaces = selectorOrNone(args.namespaceLabelSelector)
  }

  /** Whether nothing protects the pod. An annotation, whatever its value, opens every door. */
  filter(pod: ViewedPod): boolean {
    if (EVICT in pod.annotations) return true
    if (this.#args.noEvictionPolicy === 'Mandatory' && prefersNoEviction(pod)) return false
    if (MIRROR in pod.annotations || isStaticPod(pod.annotations) || pod.isTerminating) return false
    return !this.#protections.some(keeps => keeps(pod))
  }

  /** Whether the pod fits elsewhere and its namespace is one of those meant, as far as that is asked for. */
  preEvictionFilter(pod: ViewedPod): boolean {
    if (this.#args.nodeFit === true && !fitsAnyOtherNode(this.#cluster, pod, this.#nodes)) return false
    if (this.#namespaces === undefined) return true
    const labels = this.#cluster.namespaceLabels(pod.namespace)
    return labels !== undefined && this.#namespaces.matches(labels)
  }
}

export function prefersNoEviction({ annotations }: ViewedPod): boolean {
  return PREFER_NO_EVICTION in annotations
}

/** The protections in force by name. */
function protectionsOf(args: DefaultEvictorArgs): ReadonlySet<string> {
  const { extraEnabled = [], defaultDisabled = [] } = args.podProtections ?? {}
  if (extraEnabled.length > 0 || defaultDisabled.length > 0) {
    return new Set([...DEFAULT_PROTECTIONS.filter(name => !defaultDisabled.includes(name)), ...extraEnabled])
  }
  const older: readonly [string, boolean][] = [
    ['PodsWithLocalStorage', args.evictLocalStoragePods !== true],
    ['DaemonSetPods', args.evictDaemonSetPods !== true],
    ['SystemCriticalPods', args.evictSystemCriticalPods !== true],
    ['FailedBarePods', args.evictFailedBarePods !== true],
    ['PodsWithPVC', args.ignorePvcPods === true],
    ['PodsWithoutPDB', args.ignorePodsWithoutPDB === true],
  ]
  return new Set(older.filter(([, isOn]) => isOn).map(([name]) => name))
}

function protections(args: DefaultEvictorArgs, cluster: ClusterView): Keeps[] {
  const names = protectionsOf(args)
  const keeps: Keeps[] = []
  if (names.has('SystemCriticalPods')) {
    keeps.push(({ spec }) => (spec.priority ?? 0) >= SYSTEM_CRITICAL_PRIORITY)
    const threshold = priorityThreshold(args, cluster)
    if (threshold !== undefined) keeps.push(({ spec }) => (spec.priority ?? -Infinity) >= threshold)
  }
  const areFailedKept = names.has('FailedBarePods')
  keeps.push(({ owners, phase }) => owners.length === 0 && (areFailedKept || phase !== 'Failed'))
  if (names.has('PodsWithLocalStorage')) {
    keeps.push(({ spec }) => (spec.volumes ?? []).some(volume => volume.hostPath ?? volume.emptyDir))
  }
  if (names.has('DaemonSetPods')) keeps.push(({ owners }) => owners.some(({ kind }) => kind === 'DaemonSet'))
  if (names.has('PodsWithPVC')) keeps.push(keepsClaims(args, cluster))
  if (names.has('PodsWithoutPDB')) keeps.push(pod => !cluster.isCovered(pod))
  if (names.has('PodsWithResourceClaims')) keeps.push(({ spec }) => (spec.resourceClaims ?? []).length > 0)
  return keeps
}

/** A class that does not exist keeps every pod that has a priority, as upstream then refuses to start. */
function priorityThreshold({ priorityThreshold: threshold }: DefaultEvictorArgs, cluster: ClusterView) {
  if (threshold?.value !== undefined) return threshold.value
  const { name = '' } = threshold ?? {}
  return name === '' ? undefined : (cluster.priorityClassValue(name) ?? -Infinity)
}

/** With classes named, only claims of these are kept; a claim that cannot be looked up keeps its pod, too. */
function keepsClaims({ podProtections }: DefaultEvictorArgs, cluster: ClusterView): Keeps {
  const classes = podProtections?.config?.PodsWithPVC?.protectedStorageClasses ?? []
  const names = new Set(classes.map(({ name }) => name))
  return ({ namespace, spec }) =>
    (spec.volumes ?? []).some(({ persistentVolumeClaim: claim }) => {
      if (claim === undefined) return false
      if (names.size === 0) return true
      const storageClass = cluster.storageClass(namespace, claim.claimName)
      return storageClass === undefined || names.has(storageClass)
    })
}

function constraints(args: DefaultEvictorArgs, cluster: ClusterView): Keeps[] {
  const keeps: Keeps[] = []
  const selector = selectorOrNone(args.labelSelector)
  if (selector !== undefined) keeps.push(({ labels }) => !selector.matches(labels))
  const { minReplicas = 0, minPodAge } = args
  if (minReplicas > 1) {
    keeps.push(({ owners }) => owners.length === 1 && cluster.podsOwnedBy(owners[0].uid) < minReplicas)
  }
  const age = minPodAge === undefined ? undefined : parseDuration(minPodAge)
  if (age !== undefined) {
    keeps.push(({ startTime }) => startTime === undefined || cluster.now - startTime < age)
  }
  return keeps
}

/** An empty selector is as good as none. */
function selectorOrNone(selector: LabelSelector | undefined): CompiledSelector | undefined {
  if (selector === undefined) return undefined
  const compiled = compileSelector(selector)
  return compiled?.requirements.length === 0 ? undefined : compiled
}
