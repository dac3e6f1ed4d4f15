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
import type { PodSpec } from '../../../engine/model/pod-spec.js'
import { admitPriority, type PriorityClass } from '../../../engine/model/priority.js'
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
  toleration({ toleration, taint }: { toleration: Toleration; taint: Taint }) {
    return { tolerates: tolerates(toleration, taint) }
  },
})

interface PriorityGiven extends Pick<PodSpec, 'priority' | 'priorityClassName'> {
  readonly priorityClasses?: readonly PriorityClass[]
}

/** The recordings leave empty lists out. */
function listOrNothing<Item>(items: readonly Item[]): readonly Item[] | undefined {
  return items.length === 0 ? undefined : items
}
