import {
  defaultLimitRange,
  type LimitRangeSpec,
  podViolations,
  withLimitDefaults,
} from '../../../engine/apiserver/admission/limit-range.js'
import {
  claimInScopes,
  podInScopes,
  type QuotaScopes,
} from '../../../engine/apiserver/admission/quota-scopes.js'
import {
  claimUsage,
  countedResources,
  hardNames,
  missingAmounts,
  podUsage,
  type ServiceLike,
  serviceUsage,
} from '../../../engine/apiserver/admission/quota-usage.js'
import { type IntOrPercent, Rounding, readIntOrPercent } from '../../../engine/model/int-or-percent.js'
import { labelErrors, selectorErrors } from '../../../engine/model/label-validation.js'
import { type LabelSelector, type Labels, readSelector } from '../../../engine/model/labels.js'
import {
  configMapKeyErrors,
  dns1035LabelErrors,
  dns1123LabelErrors,
  dns1123SubdomainErrors,
  envVarNameErrors,
  labelValueErrors,
  portNameErrors,
  qualifiedNameErrors,
} from '../../../engine/model/names.js'
import type { Amounts, PersistentVolumeClaimSpec, PodSpec } from '../../../engine/model/pod-spec.js'
import { admitPriority, type PriorityClass } from '../../../engine/model/priority.js'
import { amountsOf } from '../../../engine/model/resource-list.js'
import { type Taint, type Toleration, tolerates } from '../../../engine/model/taints.js'
import { type Suite, suiteOfKinds } from '../suite.js'

const NAME_RULES = new Map([
  ['configMapKey', configMapKeyErrors],
  ['dns1035Label', dns1035LabelErrors],
  ['dns1123Label', dns1123LabelErrors],
  ['dns1123Subdomain', dns1123SubdomainErrors],
  ['envVarName', envVarNameErrors],
  ['labelValue', labelValueErrors],
  ['portName', portNameErrors],
  ['qualifiedName', qualifiedNameErrors],
])

/** Names, labels, selectors, percentages, tolerations and what admission computes from them. */
export const apimachinerySuite: Suite = suiteOfKinds('apimachinery', {
  name({ rule, text }: { rule: string; text: string }) {
    const errorsOf = NAME_RULES.get(rule)
    if (errorsOf === undefined) throw new Error(`unknown rule ${rule}`)
    return { errors: listOrNothing(errorsOf(text)) }
  },
  labels({ labels }: { labels: Labels }) {
    return { errors: listOrNothing(labelErrors(labels, 'metadata.labels')) }
  },
  labelSelector(given: { labels: Labels; selector?: LabelSelector; selectorIsNil: boolean }) {
    const selector = given.selectorIsNil ? null : (given.selector ?? {})
    const validationErrors = listOrNothing(selectorErrors(selector, 'spec.selector'))
    const read = readSelector(selector)
    if ('error' in read) return { error: read.error, validationErrors }
    return { matches: read.matches(given.labels), text: read.text, validationErrors }
  },
  intOrPercent({ value, total }: { value: IntOrPercent; total: number }) {
    const up = readIntOrPercent(value, total, Rounding.Up)
    const down = readIntOrPercent(value, total, Rounding.Down)
    return {
      roundUp: typeof up === 'number' ? up : 0,
      error: typeof up === 'number' ? undefined : up.error,
      roundDown: typeof down === 'number' ? down : 0,
      errorDown: typeof down === 'number' ? undefined : down.error,
    }
  },
  priority({ priorityClasses = [], ...spec }: PriorityGiven) {
    const admitted = admitPriority(spec, priorityClasses)
    return 'error' in admitted ? { error: `pods "p" is forbidden: ${admitted.error}` } : admitted
  },
  quota({ kind, now, object, quota }: QuotaGiven) {
    const { spec } = object
    const usage = usageOf(kind, object, Date.parse(now))
    const counted = countedResources(kind, hardNames(quota.hard), usage)
    const measured = countedResources(kind, hardNames(quota.status?.hard), usage)
    const inScopes =
      kind === 'Pod'
        ? podInScopes(spec, quota)
        : kind === 'PersistentVolumeClaim'
          ? claimInScopes(spec, quota)
          : (quota.scopes ?? []).length === 0 && quota.scopeSelector === undefined
    return {
      constraintError: kind === 'Pod' ? missingAmounts(spec, counted) : undefined,
      countedResources: counted,
      matches: measured.length > 0 && inScopes,
      usage: amountsOf(usage),
    }
  },
  limitRange({ limitRange, pod }: LimitRangeGiven, _, want) {
    const range = defaultLimitRange(limitRange)
    const { annotations = {} } = want as { annotations?: Labels }
    const admitted = withLimitDefaults(beforeDefaults(pod.spec, annotations), {}, range)
    const violations = podViolations(admitted.spec, range).sort((a, b) => (a < b ? -1 : 1))
    const changed = Object.keys(admitted.annotations).length > 0
    return {
      annotations: changed ? admitted.annotations : undefined,
      containers: admitted.spec.containers,
      initContainers: admitted.spec.initContainers,
      violations: listOrNothing(violations),
    }
  },
  toleration({ toleration, taint }: { toleration: Toleration; taint: Taint }) {
    return { tolerates: tolerates(toleration, taint) }
  },
})

interface PriorityGiven extends Pick<PodSpec, 'priority' | 'priorityClassName'> {
  readonly priorityClasses?: readonly PriorityClass[]
}

interface QuotaObject {
  readonly metadata: {
    readonly annotations?: Labels
    readonly deletionTimestamp?: string
    readonly deletionGracePeriodSeconds?: number
  }
  readonly spec: PodSpec & PersistentVolumeClaimSpec & ServiceLike
  readonly status?: { readonly phase?: string; readonly allocatedResources?: Amounts }
}

interface QuotaGiven {
  readonly kind: string
  readonly now: string
  readonly object: QuotaObject
  readonly quota: QuotaScopes & { readonly hard?: Amounts; readonly status?: { readonly hard?: Amounts } }
}

interface LimitRangeGiven {
  readonly limitRange: LimitRangeSpec
  readonly pod: { readonly metadata: { readonly annotations?: Labels }; readonly spec: PodSpec }
}

const SET_AMOUNTS = /^(.+) (request|limit) for (init )?container (.+)$/

/**
 * The recorded pods have been admitted already. The annotation says which amounts the limit range gave them: without
 * these the pod is the one that was sent, and has to get the same amounts and the same annotation again.
 */
function beforeDefaults(spec: PodSpec, annotations: Labels): PodSpec {
  const [, text = ''] = (annotations['kubernetes.io/limit-ranger'] ?? '').split('LimitRanger plugin set: ')
  const sent = structuredClone(spec) as { containers: SentContainer[]; initContainers?: SentContainer[] }
  for (const part of text.split('; ')) {
    const [, names, field, init, name] = SET_AMOUNTS.exec(part) ?? []
    const container = (init === undefined ? sent.containers : sent.initContainers)?.find(
      candidate => candidate.name === name,
    )
    const amounts = container?.resources?.[field === 'limit' ? 'limits' : 'requests']
    for (const resource of names?.split(', ') ?? []) delete amounts?.[resource]
  }
  return sent
}

interface SentContainer {
  name: string
  resources?: { requests?: Record<string, string>; limits?: Record<string, string> }
}

function usageOf(kind: string, { metadata, spec, status = {} }: QuotaObject, now: number) {
  if (kind === 'Service') return serviceUsage(spec)
  if (kind === 'PersistentVolumeClaim') return claimUsage({ ...metadata, spec, ...status })
  const isFinished = status.phase === 'Succeeded' || status.phase === 'Failed'
  const { deletionTimestamp, deletionGracePeriodSeconds } = metadata
  const isOverdue =
    deletionTimestamp !== undefined &&
    deletionGracePeriodSeconds !== undefined &&
    now > Date.parse(deletionTimestamp) + deletionGracePeriodSeconds * 1000
  return podUsage(spec, !isFinished && !isOverdue)
}

/** The recordings leave empty lists out. */
function listOrNothing<Item>(items: readonly Item[]): readonly Item[] | undefined {
  return items.length === 0 ? undefined : items
}
