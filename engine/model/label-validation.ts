/**
 * What the API server refuses in label maps and label selectors, in upstream's words and order.
 * Upstream: apimachinery pkg/apis/meta/v1/validation/validation.go, release 1.36.
 * Simplified: label maps are looked at in key order, where upstream's order is that of a hash map.
 */
import { forbiddenField, invalidField, requiredField } from './field-error.js'
import { API_OPERATORS, type LabelSelector, type LabelSelectorRequirement, type Labels } from './labels.js'
import { labelValueErrors, qualifiedNameErrors } from './names.js'

/** API validation of a label map; `path` as in `metadata.labels`. */
export function labelErrors(labels: Labels | null | undefined, path: string): string[] {
  const errors: string[] = []
  for (const key of Object.keys(labels ?? {}).toSorted()) {
    for (const error of qualifiedNameErrors(key)) errors.push(invalidField(path, key, error))
    for (const error of labelValueErrors(labels![key])) errors.push(invalidField(path, labels![key], error))
  }
  return errors
}

/** API validation of a selector; `path` as in `spec.selector`. */
export function selectorErrors(selector: LabelSelector | null | undefined, path: string): string[] {
  const errors = labelErrors(selector?.matchLabels, `${path}.matchLabels`)
  for (const [i, requirement] of (selector?.matchExpressions ?? []).entries()) {
    errors.push(...expressionErrors(requirement, `${path}.matchExpressions[${i}]`))
  }
  return errors
}

function expressionErrors({ key, operator, values }: LabelSelectorRequirement, path: string): string[] {
  const errors: string[] = []
  const given = values ?? []
  if (!API_OPERATORS.has(operator)) {
    errors.push(invalidField(`${path}.operator`, operator, 'not a valid selector operator'))
  } else if (operator === 'In' || operator === 'NotIn') {
    const detail = "must be specified when `operator` is 'In' or 'NotIn'"
    if (given.length === 0) errors.push(requiredField(`${path}.values`, detail))
  } else if (given.length > 0) {
    const detail = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
    errors.push(forbiddenField(`${path}.values`, detail))
  }
  for (const error of qualifiedNameErrors(key)) errors.push(invalidField(`${path}.key`, key, error))
  for (const [i, text] of given.entries()) {
    for (const error of labelValueErrors(text)) errors.push(invalidField(`${path}.values[${i}]`, text, error))
  }
  return errors
}
