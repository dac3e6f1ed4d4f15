import { describeValue, isRecord } from './describe-value.js'
import type { Issue } from './issue.js'
import type { Path } from './path.js'
import type { ScenarioSource } from './scenario-source.js'
import { knownKeysAt } from './schema/json-schema.js'
import { faultsOf, unknownKey } from './schema/zod-faults.js'
import { LIST_SECTIONS, type ScenarioSections, SECTIONS, type Section, scenarioJsonSchema } from './schema.js'

/** An item of a list section that fits the schema, and its index in the file. */
export interface Item<T> {
  readonly index: number
  readonly value: T
}

type ListSection = keyof typeof LIST_SECTIONS

/** Everything of a scenario that fits the schema; what does not is left out and has an issue. */
export type ValidSections = {
  readonly [S in Exclude<Section, ListSection>]?: ScenarioSections[S]
} & { readonly [S in ListSection]: readonly Item<ScenarioSections[S][number]>[] }

/** Sections with manifests in them: there null means something. */
const KEEPS_NULLS: ReadonlySet<string> = new Set(['workloads', 'timeline', 'variants'])

export interface Validated {
  readonly sections: ValidSections
  readonly issues: readonly Issue[]
}

/** Validates a scenario section by section and item by item. */
export function validate(source: ScenarioSource): Validated {
  const raw = source.value
  const issues: Issue[] = []
  const knownKeys = (path: Path): readonly string[] => knownKeysAt(scenarioJsonSchema(), raw, path)
  for (const key of Object.keys(raw)) {
    if (!Object.hasOwn(SECTIONS, key)) {
      issues.push(source.issue([key], unknownKey(key, Object.keys(SECTIONS)), 'key'))
    }
  }
  const check = (schema: Checkable, given: unknown, path: Path): { readonly value: unknown } | undefined => {
    const read = schema.safeParse(given, { reportInput: true })
    if (read.success) return { value: read.data }
    for (const fault of faultsOf(read.error.issues, raw, path, knownKeys)) {
      issues.push(source.issue(fault.path, fault.message, fault.part))
    }
    return undefined
  }
  const sections: Record<string, unknown> = {}
  for (const [section, schema] of Object.entries(SECTIONS)) {
    const given = KEEPS_NULLS.has(section) ? (raw[section] ?? undefined) : withoutNulls(raw[section])
    const itemSchema = LIST_SECTIONS[section as ListSection] as Checkable | undefined
    if (itemSchema === undefined) {
      const read = check(schema, given, [section])
      if (read !== undefined) sections[section] = read.value
    } else if (given === undefined || Array.isArray(given)) {
      sections[section] = (given ?? []).flatMap((item: unknown, index): Item<unknown>[] => {
        const read = check(itemSchema, item, [section, index])
        return read === undefined ? [] : [{ index, value: read.value }]
      })
    } else {
      sections[section] = []
      issues.push(source.issue([section], `expected a list, got ${describeValue(given)}`))
    }
  }
  return { sections: sections as ValidSections, issues }
}

interface Checkable {
  safeParse(
    value: unknown,
    options: { reportInput: boolean },
  ): { success: true; data: unknown } | { success: false; error: { issues: Parameters<typeof faultsOf>[0] } }
}

/** A key with nothing behind it is as good as no key. */
function withoutNulls(value: unknown): unknown {
  if (value === null) return undefined
  if (Array.isArray(value)) return value.map(item => (item === null ? null : withoutNulls(item)))
  if (!isRecord(value)) return value
  const given = Object.entries(value).filter(([, child]) => child !== null)
  return Object.fromEntries(given.map(([key, child]) => [key, withoutNulls(child)]))
}
