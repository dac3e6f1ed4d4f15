/**
 * A label selector as Go prints the API object: it stands so in messages about external metrics.
 * Upstream: LabelSelector.String in staging/src/k8s.io/apimachinery/pkg/apis/meta/v1/generated.pb.go
 * (1.36).
 * Simplified: nothing known.
 */
import type { LabelSelector } from '../../model/labels.js'

export function selectorInGo(selector: LabelSelector | null | undefined): string {
  if (selector === null || selector === undefined) return 'nil'
  const labels = selector.matchLabels ?? {}
  const pairs = Object.keys(labels)
    .toSorted()
    .map(key => `${key}: ${labels[key]},`)
  const expressions = (selector.matchExpressions ?? []).map(
    ({ key, operator, values }) =>
      `LabelSelectorRequirement{Key:${key},Operator:${operator},Values:[${(values ?? []).join(' ')}],},`,
  )
  const list = `[]LabelSelectorRequirement{${expressions.join('')}}`
  return `&LabelSelector{MatchLabels:map[string]string{${pairs.join('')}},MatchExpressions:${list},}`
}
