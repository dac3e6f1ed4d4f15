import type { Labels, PodSpec } from './pod-spec.js'

/**
 * What pods have in common that were made from one template: the defaulted spec and the annotations that steer the
 * simulated containers. Labels, name and owner belong to the pod. Equal templates are interned under one id, so
 * everything derived from a template (requests, tolerations, matched nodes) is computed once.
 */
export interface PodTemplate {
  readonly spec: PodSpec
  readonly annotations: Labels
}

/** Key under which equal templates meet: their JSON with the fields in a fixed order. */
export function podTemplateKey(template: PodTemplate): string {
  return canonicalJson([template.spec, template.annotations])
}

/** JSON with the keys of every object in code-unit order. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => {
    if (inner === null || typeof inner !== 'object' || Array.isArray(inner)) return inner
    const sorted: Record<string, unknown> = {}
    for (const [key, child] of Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) sorted[key] = child
    return sorted
  })
}
