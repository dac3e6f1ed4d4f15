import type { LabelSelector, Labels } from '../../engine/model/labels.js'
import type { NodeSelector } from '../../engine/model/node-affinity.js'
import type { PodAffinityTerm, PodSpec, TopologySpreadConstraint } from '../../engine/model/pod-spec.js'
import type { Taint } from '../../engine/model/taints.js'

/**
 * PodTopologySpread and InterPodAffinity over plain lists, everything counted anew: what the incremental plugins are
 * held against. Written from the documented rules, sharing no code with the engine.
 */
export interface PlainNode {
  readonly name: string
  readonly labels: Labels
  readonly taints: readonly Taint[]
}

export interface PlainPod {
  readonly name: string
  readonly namespace: string
  readonly labels: Labels
  readonly spec: PodSpec
  readonly node?: string
  readonly terminating: boolean
}

export interface PlainCluster {
  readonly nodes: readonly PlainNode[]
  /** On nodes. */
  readonly pods: readonly PlainPod[]
  readonly namespaces: ReadonlyMap<string, Labels>
  readonly services: readonly { readonly namespace: string; readonly selector: Labels }[]
}

function selects(selector: LabelSelector | null | undefined, labels: Labels): boolean {
  if (selector === undefined || selector === null) return false
  for (const [key, value] of Object.entries(selector.matchLabels ?? {})) {
    if (labels[key] !== value) return false
  }
  for (const { key, operator, values } of selector.matchExpressions ?? []) {
    const has = key in labels
    const isIn = has && (values ?? []).includes(labels[key])
    if (operator === 'In' && !isIn) return false
    if (operator === 'NotIn' && isIn) return false
    if (operator === 'Exists' && !has) return false
    if (operator === 'DoesNotExist' && has) return false
  }
  return true
}

function isEmptySelector(selector: LabelSelector): boolean {
  return Object.keys(selector.matchLabels ?? {}).length + (selector.matchExpressions ?? []).length === 0
}

function nodeSelects(selector: NodeSelector, node: PlainNode): boolean {
  return selector.nodeSelectorTerms.some(
    ({ matchExpressions, matchFields }) =>
      selects({ matchExpressions: matchExpressions ?? [] }, node.labels) &&
      (matchFields ?? []).every(({ values }) => values?.[0] === node.name),
  )
}

function countsFor(constraint: TopologySpreadConstraint, pod: PlainPod, node: PlainNode): boolean {
  if (constraint.nodeAffinityPolicy !== 'Ignore') {
    const { nodeSelector = {}, affinity } = pod.spec
    if (!selects({ matchLabels: nodeSelector }, node.labels)) return false
    const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
    if (required !== undefined && !nodeSelects(required, node)) return false
  }
  if (constraint.nodeTaintsPolicy !== 'Honor') return true
  return node.taints
    .filter(({ effect }) => effect !== 'PreferNoSchedule')
    .every(taint => (pod.spec.tolerations ?? []).some(({ key }) => key === taint.key))
}

interface Spread extends TopologySpreadConstraint {
  readonly selects: (pod: PlainPod) => boolean
}

const HOSTNAME = 'kubernetes.io/hostname'
const ZONE = 'topology.kubernetes.io/zone'

function spreadsOf(
  cluster: PlainCluster,
  pod: PlainPod,
  action: TopologySpreadConstraint['whenUnsatisfiable'],
): { spreads: Spread[]; isSystem: boolean } {
  const own = pod.spec.topologySpreadConstraints ?? []
  if (own.length > 0) {
    const spreads = own
      .filter(({ whenUnsatisfiable }) => whenUnsatisfiable === action)
      .map(constraint => ({
        ...constraint,
        selects: (other: PlainPod) =>
          other.namespace === pod.namespace && selects(constraint.labelSelector, other.labels),
      }))
    return { spreads, isSystem: false }
  }
  const asked = cluster.services
    .filter(({ namespace }) => namespace === pod.namespace)
    .filter(({ selector }) => selects({ matchLabels: selector }, pod.labels))
    .map(({ selector }) => selector)
  const matchLabels = Object.assign({}, ...asked) as Labels
  if (action === 'DoNotSchedule' || Object.keys(matchLabels).length === 0) {
    return { spreads: [], isSystem: true }
  }
  const isAlike = (other: PlainPod): boolean =>
    other.namespace === pod.namespace && selects({ matchLabels }, other.labels)
  const spreads = [
    { topologyKey: HOSTNAME, whenUnsatisfiable: action, maxSkew: 3, selects: isAlike },
    { topologyKey: ZONE, whenUnsatisfiable: action, maxSkew: 5, selects: isAlike },
  ]
  return { spreads, isSystem: true }
}

function podsOn(cluster: PlainCluster, nodes: readonly PlainNode[], spread: Spread): number {
  const names = new Set(nodes.map(({ name }) => name))
  return cluster.pods.filter(
    other => names.has(other.node ?? '') && !other.terminating && spread.selects(other),
  ).length
}

/** '' when the node passes, else the end of the reason. */
export function recountSpreadFilter(cluster: PlainCluster, pod: PlainPod, node: PlainNode): string {
  const { spreads } = spreadsOf(cluster, pod, 'DoNotSchedule')
  const complete = cluster.nodes.filter(({ labels }) =>
    spreads.every(({ topologyKey }) => topologyKey in labels),
  )
  for (const spread of spreads) {
    const key = spread.topologyKey
    if (!(key in node.labels)) return '(missing required label)'
    const counted = complete.filter(other => countsFor(spread, pod, other))
    const byDomain = (value: string): number =>
      podsOn(
        cluster,
        counted.filter(({ labels }) => labels[key] === value),
        spread,
      )
    const domains = [...new Set(counted.map(({ labels }) => labels[key]))]
    const least = domains.length < (spread.minDomains ?? 1) ? 0 : Math.min(...domains.map(byDomain))
    if (byDomain(node.labels[key]) + (spread.selects(pod) ? 1 : 0) - least > spread.maxSkew) {
      return 'constraints'
    }
  }
  return ''
}

/** Undefined when the plugin is skipped. */
export function recountSpreadScores(
  cluster: PlainCluster,
  pod: PlainPod,
  feasible: readonly PlainNode[],
): number[] | undefined {
  const { spreads, isSystem } = spreadsOf(cluster, pod, 'ScheduleAnyway')
  if (spreads.length === 0) return undefined
  const isWhole = ({ labels }: PlainNode): boolean =>
    isSystem || spreads.every(({ topologyKey }) => topologyKey in labels)
  const whole = feasible.filter(isWhole)
  const raw = feasible.map(node => {
    if (!isWhole(node)) return undefined
    let score = 0
    for (const spread of spreads) {
      const key = spread.topologyKey
      if (!(key in node.labels)) continue
      const valueOf = ({ labels }: PlainNode): string => labels[key] ?? ''
      const isHost = key === HOSTNAME
      const size = isHost ? whole.length : new Set(whole.map(valueOf)).size
      const domain = cluster.nodes.filter(
        other => isWhole(other) && countsFor(spread, pod, other) && valueOf(other) === valueOf(node),
      )
      const count = podsOn(cluster, isHost ? [node] : domain, spread)
      score += count * Math.log(size + 2) + (spread.maxSkew - 1)
    }
    return Math.round(score)
  })
  const scored = raw.filter(score => score !== undefined)
  const most = Math.max(0, ...scored)
  const least = Math.min(...scored)
  return raw.map(score => {
    if (score === undefined) return 0
    return most === 0 ? 100 : Math.trunc((100 * (most + least - score)) / most)
  })
}

/** Does a term of a pod in `home` mean the other pod? `listed`: its namespace selector was resolved beforehand. */
function means(
  { namespaces }: PlainCluster,
  term: PodAffinityTerm,
  home: string,
  other: PlainPod,
  listed: boolean,
): boolean {
  const { namespaces: named = [], namespaceSelector } = term
  let isInNamespace = named.includes(other.namespace)
  if (namespaceSelector === undefined) {
    if (named.length === 0) isInNamespace = other.namespace === home
  } else if (isEmptySelector(namespaceSelector)) isInNamespace = true
  else if (!listed || namespaces.has(other.namespace)) {
    isInNamespace ||= selects(namespaceSelector, namespaces.get(other.namespace) ?? {})
  }
  return isInNamespace && selects(term.labelSelector, other.labels)
}

function share(key: string, a: PlainNode, b: PlainNode): boolean {
  return key in a.labels && key in b.labels && a.labels[key] === b.labels[key]
}

function nodeOf(cluster: PlainCluster, pod: PlainPod): PlainNode {
  return cluster.nodes.find(({ name }) => name === pod.node) as PlainNode
}

function requiredOf(
  side: { requiredDuringSchedulingIgnoredDuringExecution?: readonly PodAffinityTerm[] } | undefined,
) {
  return side?.requiredDuringSchedulingIgnoredDuringExecution ?? []
}

/** '' when the node passes, else the kind of rule that it breaks. */
export function recountAffinityFilter(cluster: PlainCluster, pod: PlainPod, node: PlainNode): string {
  const near = requiredOf(pod.spec.affinity?.podAffinity)
  const meansAll = (other: PlainPod): boolean =>
    near.every(term => means(cluster, term, pod.namespace, other, true))
  if (near.length > 0) {
    if (!near.every(({ topologyKey }) => topologyKey in node.labels)) return 'affinity'
    const meant = cluster.pods.filter(meansAll)
    const isMet = near.every(({ topologyKey }) =>
      meant.some(other => share(topologyKey, node, nodeOf(cluster, other))),
    )
    const isAnywhere = meant.some(other =>
      near.some(({ topologyKey }) => topologyKey in nodeOf(cluster, other).labels),
    )
    if (!isMet && (isAnywhere || !meansAll(pod))) return 'affinity'
  }
  for (const other of cluster.pods) {
    const where = nodeOf(cluster, other)
    for (const term of requiredOf(pod.spec.affinity?.podAntiAffinity)) {
      if (share(term.topologyKey, node, where) && means(cluster, term, pod.namespace, other, true)) {
        return 'anti-affinity'
      }
    }
  }
  for (const other of cluster.pods) {
    for (const term of requiredOf(other.spec.affinity?.podAntiAffinity)) {
      const isShared = share(term.topologyKey, node, nodeOf(cluster, other))
      if (isShared && means(cluster, term, other.namespace, pod, false)) return 'existing'
    }
  }
  return ''
}

/** Undefined when the plugin is skipped. */
export function recountAffinityScores(
  cluster: PlainCluster,
  pod: PlainPod,
  feasible: readonly PlainNode[],
  hardWeight: number,
): number[] | undefined {
  let isConcerned = false
  const raw = feasible.map(() => 0)
  const weigh = (term: PodAffinityTerm, weight: number, where: PlainNode, isMeant: boolean): void => {
    if (!isMeant || !(term.topologyKey in where.labels)) return
    isConcerned = true
    for (const [i, node] of feasible.entries()) if (share(term.topologyKey, node, where)) raw[i] += weight
  }
  for (const other of cluster.pods) {
    const where = nodeOf(cluster, other)
    for (const [side, sign] of [
      ['podAffinity', 1],
      ['podAntiAffinity', -1],
    ] as const) {
      const own = pod.spec.affinity?.[side]?.preferredDuringSchedulingIgnoredDuringExecution ?? []
      for (const { weight, podAffinityTerm: term } of own) {
        weigh(term, sign * weight, where, means(cluster, term, pod.namespace, other, true))
      }
      const theirs = other.spec.affinity?.[side]?.preferredDuringSchedulingIgnoredDuringExecution ?? []
      for (const { weight, podAffinityTerm: term } of theirs) {
        weigh(term, sign * weight, where, means(cluster, term, other.namespace, pod, false))
      }
    }
    for (const term of hardWeight > 0 ? requiredOf(other.spec.affinity?.podAffinity) : []) {
      weigh(term, hardWeight, where, means(cluster, term, other.namespace, pod, false))
    }
  }
  if (!isConcerned) return undefined
  const least = Math.min(...raw)
  const span = Math.max(...raw) - least
  return raw.map(score => (span === 0 ? 0 : Math.trunc(100 * ((score - least) / span))))
}
