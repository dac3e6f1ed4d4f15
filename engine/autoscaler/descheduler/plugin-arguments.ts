/**
 * The arguments of the descheduler's plugins: what each field must be, and what fields say of one another.
 * Upstream: types.go and validation.go of each plugin in pkg/framework/plugins of the descheduler 0.36.0.
 * Simplified: metrics of utilization are unknown fields, as nothing simulates them.
 */
import { parseDuration } from '../../kernel/time.js'
import { readSelector } from '../../model/labels.js'
import { parseSelector } from '../../model/selector-text.js'
import { DEFAULT_PROTECTIONS, EXTRA_PROTECTIONS } from './default-evictor.js'

export type Fields = Readonly<Record<string, unknown>>
/** Answers what is wrong with a value; undefined: nothing. */
export type Check = (value: unknown) => string | undefined

export const count: Check = value =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0
    ? undefined
    : 'expected a whole number of at least 0'
export const flag: Check = value => (typeof value === 'boolean' ? undefined : 'expected true or false')
export const text: Check = value => (typeof value === 'string' ? undefined : 'expected text')
export const fields: Check = value => (isFields(value) ? undefined : 'expected a mapping')
const duration: Check = value =>
  typeof value === 'string' && parseDuration(value) !== undefined ? undefined : 'expected a duration'
const counts: Check = value =>
  Array.isArray(value) && value.every(item => count(item) === undefined)
    ? undefined
    : 'expected a list of whole numbers of at least 0'
export const texts: Check = value =>
  Array.isArray(value) && value.every(item => typeof item === 'string')
    ? undefined
    : 'expected a list of texts'
export const selectorText: Check = value => {
  if (typeof value !== 'string') return 'expected text'
  const read = parseSelector(value)
  return 'error' in read ? read.error : undefined
}
const selector: Check = value => {
  if (!isFields(value)) return 'expected a mapping'
  const read = readSelector(value)
  return 'error' in read ? `failed to get label selectors from strategy's params: ${read.error}` : undefined
}
const thresholds: Check = value => {
  if (!isFields(value)) return 'expected a mapping'
  if (Object.keys(value).length === 0) return 'no resource threshold is configured'
  for (const [name, percent] of Object.entries(value)) {
    if (typeof percent !== 'number' || percent < 0 || percent > 100)
      return `${name} threshold not in [0, 100] range`
  }
  return undefined
}
export const oneOf =
  (allowed: readonly string[]): Check =>
  value =>
    typeof value === 'string' && allowed.includes(value) ? undefined : `accepts only ${allowed.join(', ')}`
const someOf =
  (allowed: readonly string[]): Check =>
  value => {
    if (!Array.isArray(value)) return 'expected a list of texts'
    const list: readonly unknown[] = value
    const wrong = list.find(item => typeof item !== 'string' || !allowed.includes(item))
    if (wrong !== undefined) return `${JSON.stringify(wrong)} is not one of ${allowed.join(', ')}`
    return new Set(list).size < list.length ? 'contains duplicate entries' : undefined
  }
const included =
  (what: string): Check =>
  value => {
    if (!isFields(value)) return 'expected a mapping'
    const { include = [], exclude = [], ...rest } = value
    const [stray] = Object.keys(rest)
    if (stray !== undefined) return `unknown key "${stray}"; known are include, exclude`
    const wrong = texts(include) ?? texts(exclude)
    if (wrong !== undefined) return wrong
    const isBoth = (include as string[]).length > 0 && (exclude as string[]).length > 0
    return isBoth ? `only one of Include/Exclude ${what} can be set` : undefined
  }
const excludedOnly: Check = value => {
  const wrong = included('namespaces')(value)
  if (wrong !== undefined) return wrong
  const { include = [] } = value as { readonly include?: readonly string[] }
  return include.length > 0 ? 'only Exclude namespaces can be set, inclusion is not supported' : undefined
}

const SELECTION: Readonly<Record<string, Check>> = {
  namespaces: included('namespaces'),
  labelSelector: selector,
}

/** By plugin and field. */
export const PLUGIN_ARGUMENTS: Readonly<Record<string, Readonly<Record<string, Check>>>> = {
  DefaultEvictor: {
    nodeSelector: selectorText,
    labelSelector: selector,
    namespaceLabelSelector: selector,
    priorityThreshold: fields,
    nodeFit: flag,
    minReplicas: count,
    minPodAge: duration,
    noEvictionPolicy: oneOf(['Preferred', 'Mandatory']),
    podProtections: fields,
    evictLocalStoragePods: flag,
    evictDaemonSetPods: flag,
    evictSystemCriticalPods: flag,
    evictFailedBarePods: flag,
    ignorePvcPods: flag,
    ignorePodsWithoutPDB: flag,
  },
  LowNodeUtilization: {
    thresholds,
    targetThresholds: thresholds,
    useDeviationThresholds: flag,
    numberOfNodes: count,
    evictableNamespaces: excludedOnly,
    evictionLimits: fields,
  },
  HighNodeUtilization: {
    thresholds,
    numberOfNodes: count,
    evictionModes: someOf(['OnlyThresholdingResources']),
    evictableNamespaces: excludedOnly,
  },
  RemoveDuplicates: { namespaces: included('namespaces'), excludeOwnerKinds: texts },
  RemovePodsViolatingTopologySpreadConstraint: {
    ...SELECTION,
    constraints: someOf(['DoNotSchedule', 'ScheduleAnyway']),
    topologyBalanceNodeFit: flag,
  },
  RemovePodsViolatingNodeTaints: {
    ...SELECTION,
    includePreferNoSchedule: flag,
    excludedTaints: texts,
    includedTaints: texts,
  },
  RemovePodsViolatingNodeAffinity: { ...SELECTION, nodeAffinityType: texts },
  RemovePodsViolatingInterPodAntiAffinity: SELECTION,
  RemovePodsHavingTooManyRestarts: {
    ...SELECTION,
    podRestartThreshold: count,
    includingInitContainers: flag,
    states: someOf(['Running', 'CrashLoopBackOff']),
  },
  PodLifeTime: {
    ...SELECTION,
    maxPodLifeTimeSeconds: count,
    states: texts,
    ownerKinds: included('ownerKinds'),
    conditions: value => (Array.isArray(value) ? undefined : 'expected a list'),
    exitCodes: counts,
    includingInitContainers: flag,
    includingEphemeralContainers: flag,
  },
  RemoveFailedPods: {
    ...SELECTION,
    excludeOwnerKinds: texts,
    minPodLifetimeSeconds: count,
    reasons: texts,
    exitCodes: counts,
    includingInitContainers: flag,
  },
}

/** Between the fields of one plugin. */
export const PLUGIN_RULES: Readonly<Record<string, (args: Fields) => string | undefined>> = {
  DefaultEvictor({ priorityThreshold = {}, podProtections = {} }) {
    const { value, name = '' } = priorityThreshold as { readonly value?: number; readonly name?: string }
    if (value !== undefined && name !== '') {
      return 'priority threshold misconfigured, only one of priorityThreshold fields can be set'
    }
    const { extraEnabled = [], defaultDisabled = [] } = podProtections as Fields
    const extra = someOf(EXTRA_PROTECTIONS)(extraEnabled)
    if (extra !== undefined) return `podProtections.extraEnabled: ${extra}`
    const disabled = someOf(DEFAULT_PROTECTIONS)(defaultDisabled)
    return disabled === undefined ? undefined : `podProtections.defaultDisabled: ${disabled}`
  },
  LowNodeUtilization({ thresholds: low = {}, targetThresholds: high = {}, useDeviationThresholds }) {
    const [under, over] = [low, high] as readonly Readonly<Record<string, number>>[]
    const names = Object.keys(under)
    if (names.length === 0) return 'no resource threshold is configured'
    const isSame = names.length === Object.keys(over).length && names.every(name => name in over)
    if (!isSame) return 'thresholds and targetThresholds configured different resources'
    const wrong = useDeviationThresholds === true ? undefined : names.find(name => under[name] > over[name])
    return wrong === undefined
      ? undefined
      : `thresholds' ${wrong} percentage is greater than targetThresholds'`
  },
  HighNodeUtilization: ({ thresholds: low }) =>
    low === undefined ? 'no resource threshold is configured' : undefined,
  RemovePodsViolatingNodeTaints({ excludedTaints = [], includedTaints = [] }) {
    const isBoth = (excludedTaints as string[]).length > 0 && (includedTaints as string[]).length > 0
    return isBoth ? 'either includedTaints or excludedTaints can be set, but not both' : undefined
  },
  RemovePodsViolatingNodeAffinity: ({ nodeAffinityType = [] }) =>
    (nodeAffinityType as string[]).length === 0 ? 'nodeAffinityType needs to be set' : undefined,
  RemovePodsHavingTooManyRestarts: ({ podRestartThreshold = 0 }) =>
    podRestartThreshold === 0 ? 'invalid PodsHavingTooManyRestarts threshold' : undefined,
  PodLifeTime({ maxPodLifeTimeSeconds, states = [], conditions = [], exitCodes = [] }) {
    const lists = [states, conditions, exitCodes] as readonly (readonly unknown[])[]
    if (maxPodLifeTimeSeconds !== undefined || lists.some(({ length }) => length > 0)) return undefined
    const which = 'maxPodLifeTimeSeconds, states, conditions, or exitCodes'
    return `at least one filtering criterion must be specified (${which})`
  },
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
