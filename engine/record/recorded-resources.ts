/**
 * Which resources the records have columns for, and what those columns are called. The list is taken from the model
 * before the run, so that columns never move or appear while rows are written.
 */
import type { SimulationModel } from '../model/simulation-model.js'

const ALWAYS = ['cpu', 'memory'] as const
/** `pods` counts slots and has columns of its own; `storage` belongs to volumes, not to nodes. */
const NEVER_RECORDED: ReadonlySet<string> = new Set(['pods', 'storage'])

/** Fields of manifests whose keys are names of resources. */
const AMOUNT_FIELDS: ReadonlySet<string> = new Set([
  'requests',
  'limits',
  'capacity',
  'allocatable',
  'overhead',
])

/**
 * The resources of one or several models: cpu and memory first, the others in code-unit order. Runs that are written
 * to one file take the union, so that they share their columns.
 */
export function recordedResources(...models: readonly SimulationModel[]): readonly string[] {
  const found = new Set<string>()
  for (const model of models) {
    for (const pool of model.nodePools) {
      collectKeys(pool.capacity, found)
      collectKeys(pool.allocatable, found)
    }
    for (const { capacity } of model.karpenter?.instanceTypes ?? []) collectKeys(capacity, found)
    for (const { template } of model.podTemplates) collectAmounts(template.spec, found)
    for (const operation of model.operations) {
      if (operation.op === 'apply') collectAmounts(operation.manifest, found)
    }
  }
  const others = [...found].filter(name => name !== 'cpu' && name !== 'memory' && !NEVER_RECORDED.has(name))
  return [...ALWAYS, ...others.sort((a, b) => (a < b ? -1 : 1))]
}

function collectAmounts(value: unknown, found: Set<string>): void {
  if (value === null || typeof value !== 'object') return
  if (Array.isArray(value)) {
    for (const item of value) collectAmounts(item, found)
    return
  }
  for (const [field, child] of Object.entries(value)) {
    if (AMOUNT_FIELDS.has(field)) collectKeys(child, found)
    else collectAmounts(child, found)
  }
}

function collectKeys(amounts: unknown, found: Set<string>): void {
  if (amounts === null || typeof amounts !== 'object' || Array.isArray(amounts)) return
  for (const name of Object.keys(amounts)) found.add(name)
}

/** A resource as part of a column name, with its unit: `cpu` and `milli`, `memory` and `bytes`. */
export interface ResourceLabel {
  readonly resource: string
  readonly word: string
  readonly unit: 'milli' | 'bytes' | 'count'
}

/** Words for column names; two resources that would read alike are numbered. */
export function resourceLabels(resources: readonly string[]): readonly ResourceLabel[] {
  const taken = new Map<string, number>()
  return resources.map(resource => {
    const word = resource.replaceAll(/[^A-Za-z0-9]+/g, '_')
    const times = (taken.get(word) ?? 0) + 1
    taken.set(word, times)
    return { resource, word: times === 1 ? word : `${word}_${times}`, unit: unitOf(resource) }
  })
}

function unitOf(resource: string): ResourceLabel['unit'] {
  if (resource === 'cpu') return 'milli'
  const inBytes =
    resource === 'memory' || resource === 'ephemeral-storage' || resource.startsWith('hugepages-')
  return inBytes ? 'bytes' : 'count'
}
