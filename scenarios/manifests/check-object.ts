/**
 * Turns what stands in a manifest file into the Manifest of the model: checked, nulls left out, amounts as text, pods
 * with their defaults.
 * Upstream: strict field validation and pkg/apis/core/validation of the API server (1.36).
 * Simplified: of kinds that known-fields.ts does not have only metadata and pod templates are checked.
 */
import {
  amountOf,
  defaultPod,
  didYouMean,
  dns1123LabelErrors,
  dns1123SubdomainErrors,
  type Manifest,
  type NodePoolSpec,
  type PodSpec,
  qualifiedNameErrors,
  type Taint,
} from '../../engine/index.js'
import { describeValue, isRecord } from '../describe-value.js'
import type { Fault } from '../issue.js'
import type { Path } from '../path.js'
import { quantityFault } from '../quantity-fault.js'
import { apiVersionFault, unknownKindFault } from './api-groups.js'
import { fieldFaults } from './check-fields.js'
import { nodePoolFaults } from './check-node-pool.js'
import { labelFaults, podSpecFaults } from './check-pod.js'
import { specFaults } from './check-spec.js'
import { taintFaults } from './check-taints.js'
import type { Kind } from './field-kinds.js'
import { CHECKED_KINDS, CLUSTER_KINDS, objectMeta, podTemplate, TEMPLATE_PATHS } from './known-fields.js'

export type CheckedObject = { readonly manifest: Manifest } | { readonly faults: readonly Fault[] }

/** Checks one object; `path` is where it stands in its document. */
export function checkObject(value: unknown, path: Path): CheckedObject {
  if (!isRecord(value)) {
    return { faults: [{ path, message: `expected a Kubernetes object, got ${describeValue(value)}` }] }
  }
  const faults = headFaults(value, path)
  if (faults.length > 0) return { faults }
  const kind = value['kind'] as string
  const shape: Kind = CHECKED_KINDS.get(kind) ?? { map: 'any' }
  faults.push(...fieldFaults(value, shape, path))
  if (!CHECKED_KINDS.has(kind))
    faults.push(...fieldFaults(value['metadata'], objectMeta, [...path, 'metadata']))
  const templatePath = TEMPLATE_PATHS.get(kind)
  if (templatePath !== undefined) faults.push(...templateFieldFaults(value, templatePath, path))
  if (faults.length > 0) return { faults }
  let manifest = normalised(value, shape) as Manifest
  if (templatePath !== undefined) manifest = withTemplate(manifest, templatePath) as Manifest
  faults.push(...metadataFaults(manifest, path), ...contentFaults(manifest, templatePath, path))
  return faults.length > 0 ? { faults } : { manifest: defaulted(manifest) }
}

/** Whether an object of this kind lies in a namespace. */
export function isNamespaced(kind: string): boolean {
  return !CLUSTER_KINDS.has(kind)
}

function headFaults(value: Record<string, unknown>, path: Path): Fault[] {
  const faults: Fault[] = []
  const { kind, apiVersion, metadata } = value
  for (const [field, text] of Object.entries({ apiVersion, kind })) {
    if (text === undefined || text === null) {
      const meant = didYouMean(field, Object.keys(value))
      const part = meant === undefined || meant === 'kind' || meant === 'apiVersion' ? undefined : meant
      const hint = part === undefined ? '' : `; is "${part}" meant to be it?`
      faults.push({ path, message: `no Kubernetes object: "${field}" is missing${hint}` })
    } else if (typeof text !== 'string') {
      faults.push({ path: [...path, field], message: `expected text, got ${describeValue(text)}` })
    }
  }
  if (faults.length > 0) return faults
  const wrong = unknownKindFault(apiVersion as string, kind as string)
  if (wrong !== undefined) return [{ path: [...path, 'kind'], message: wrong }]
  const group = apiVersionFault(apiVersion as string, kind as string)
  if (group !== undefined) return [{ path: [...path, 'apiVersion'], message: group }]
  if (metadata === undefined || metadata === null) {
    return [{ path, message: `this ${kind as string} has no metadata.name` }]
  }
  if (isRecord(metadata) && (metadata['name'] === undefined || metadata['name'] === null)) {
    return [{ path: [...path, 'metadata'], message: `this ${kind as string} has no metadata.name` }]
  }
  return faults
}

function templateFieldFaults(value: unknown, steps: readonly string[], path: Path): Fault[] {
  let inner = value
  for (const [i, step] of steps.entries()) {
    if (!isRecord(inner) || inner[step] === undefined || inner[step] === null) {
      return [{ path: [...path, ...steps.slice(0, i)], message: `"${step}" is missing` }]
    }
    inner = inner[step]
  }
  return fieldFaults(inner, podTemplate, [...path, ...steps])
}

/** The value without nulls and with amounts as text. */
function normalised(value: unknown, kind: Kind): unknown {
  if (kind === 'quantity') return String(value).trim()
  if (Array.isArray(value)) {
    const item: Kind = typeof kind === 'object' && 'list' in kind ? kind.list : 'any'
    return value.map(inner => (inner === null ? '' : normalised(inner, item)))
  }
  if (!isRecord(value)) return value
  const clean: Record<string, unknown> = {}
  for (const [key, child] of Object.entries(value)) {
    if (typeof kind === 'object' && 'map' in kind) {
      clean[key] = child === null && kind.map === 'string' ? '' : normalised(child, kind.map)
    } else if (child !== null && child !== undefined) {
      const inner = typeof kind === 'object' && 'fields' in kind ? kind.fields[key] : undefined
      clean[key] = normalised(child, inner ?? 'any')
    }
  }
  return clean
}

function withTemplate(value: unknown, [step, ...rest]: readonly string[]): unknown {
  const inner = (value as Record<string, unknown>)[step]
  const changed = rest.length === 0 ? normalised(inner, podTemplate) : withTemplate(inner, rest)
  return { ...(value as object), [step]: changed }
}

function metadataFaults({ kind, metadata }: Manifest, path: Path): Fault[] {
  const at = [...path, 'metadata']
  const faults = [
    ...labelFaults(metadata.labels, [...at, 'labels']),
    ...Object.keys(metadata.annotations ?? {}).flatMap(key =>
      qualifiedNameErrors(key.toLowerCase()).map(
        (message): Fault => ({ path: [...at, 'annotations', key], part: 'key', message }),
      ),
    ),
  ]
  const nameErrors =
    kind === 'Namespace' ? dns1123LabelErrors(metadata.name) : nameFaults(kind, metadata.name)
  if (nameErrors.length > 0) faults.push({ path: [...at, 'name'], message: nameErrors.join('; ') })
  if (metadata.namespace === undefined) return faults
  const place = [...at, 'namespace']
  const errors = dns1123LabelErrors(metadata.namespace)
  if (!isNamespaced(kind)) faults.push({ path: place, message: `a ${kind} lies in no namespace` })
  else if (errors.length > 0) faults.push({ path: place, message: errors.join('; ') })
  return faults
}

/** Roles and bindings may have colons in their names. */
function nameFaults(kind: string, name: string): string[] {
  return /Role/.test(kind) ? [] : dns1123SubdomainErrors(name)
}

function contentFaults(manifest: Manifest, templatePath: readonly string[] | undefined, path: Path): Fault[] {
  if (manifest.kind === 'Pod') return podSpecFaults(manifest['spec'] as PodSpec, [...path, 'spec'])
  if (manifest.kind === 'Node') return nodeFaults(manifest, path)
  if (manifest.kind === 'NodePool') return nodePoolFaults(manifest['spec'] as NodePoolSpec, [...path, 'spec'])
  const faults = CHECKED_KINDS.has(manifest.kind) ? specFaults(manifest, path) : []
  if (templatePath === undefined) return faults
  let template: unknown = manifest
  for (const step of templatePath) template = (template as Record<string, unknown>)[step]
  const { spec, metadata } = template as { spec: PodSpec; metadata?: Manifest['metadata'] }
  const at = [...path, ...templatePath]
  return [
    ...faults,
    ...labelFaults(metadata?.labels, [...at, 'metadata', 'labels']),
    ...podSpecFaults(spec, [...at, 'spec']),
  ]
}

interface NodeContent {
  readonly spec?: { readonly taints?: readonly Taint[] }
  readonly status: {
    readonly capacity?: Record<string, string>
    readonly allocatable?: Record<string, string>
  }
}

function nodeFaults(manifest: Manifest, path: Path): Fault[] {
  const { spec, status } = manifest as Manifest & NodeContent
  const faults = taintFaults(spec?.taints ?? [], [...path, 'spec', 'taints'])
  const amounts = status.allocatable ?? status.capacity
  if (amounts === undefined) {
    return [...faults, { path: [...path, 'status'], message: '"capacity" is missing' }]
  }
  for (const field of ['capacity', 'allocatable'] as const) {
    for (const [name, quantity] of Object.entries(status[field] ?? {})) {
      const message = quantityFault(name, quantity)
      if (message !== undefined) faults.push({ path: [...path, 'status', field, name], message })
    }
  }
  return faults
}

function defaulted(manifest: Manifest): Manifest {
  const { metadata } = manifest
  const named =
    isNamespaced(manifest.kind) && metadata.namespace === undefined
      ? { ...manifest, metadata: { ...metadata, namespace: 'default' } }
      : manifest
  if (manifest.kind !== 'Pod') return named
  return { ...named, spec: defaultPod(manifest['spec'] as PodSpec, metadata.labels ?? {}) }
}

/** Amounts of a Node or pool in the units of the model. */
export function amountsOf(quantities: Readonly<Record<string, string | number>>): Record<string, number> {
  const amounts: Record<string, number> = {}
  for (const [name, quantity] of Object.entries(quantities)) {
    const amount = amountOf(name, String(quantity).trim())
    if (amount !== undefined) amounts[name] = amount
  }
  return amounts
}
