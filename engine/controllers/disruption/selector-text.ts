/**
 * A label selector as Go prints the API object, for messages that carry one.
 * Upstream: String() of LabelSelector, apimachinery pkg/apis/meta/v1/generated.pb.go (1.36).
 * Simplified: nothing known.
 */
import type { LabelSelector } from '../../model/labels.js'

export function selectorText(selector: LabelSelector | undefined): string {
  if (selector === undefined) return 'nil'
  const labels = selector.matchLabels ?? {}
  const pairs = Object.keys(labels)
    .sort()
    .map(key => `${key}: ${labels[key]},`)
  const requirements = (selector.matchExpressions ?? []).map(
    ({ key, operator, values }) =>
      `LabelSelectorRequirement{Key:${key},Operator:${operator},Values:[${(values ?? []).join(' ')}],},`,
  )
  const expressions = `[]LabelSelectorRequirement{${requirements.join('')}}`
  return `&LabelSelector{MatchLabels:map[string]string{${pairs.join('')}},MatchExpressions:${expressions},}`
}
