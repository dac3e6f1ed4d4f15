import { z } from 'zod'
import { isRecord } from '../describe-value.js'
import { type Path, valueAt } from '../path.js'

/** The part of JSON Schema that the scenario's schema makes use of. */
export interface JsonSchema {
  readonly type?: string | readonly string[]
  readonly description?: string
  readonly default?: unknown
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean | JsonSchema
  readonly items?: JsonSchema
  readonly anyOf?: readonly JsonSchema[]
  readonly oneOf?: readonly JsonSchema[]
  readonly minimum?: number
  readonly maximum?: number
  readonly $comment?: string
}

/** The JSON Schema of what a file may hold. */
export function jsonSchemaOf(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, { io: 'input' }) as JsonSchema
}

/** The keys a mapping may have at a path; where it is one of several, those of the one it says it is. */
export function knownKeysAt(schema: JsonSchema, root: unknown, path: Path): readonly string[] {
  let current: JsonSchema | undefined = schema
  for (let depth = 0; ; depth++) {
    current = current === undefined ? undefined : chosen(current, valueAt(root, path.slice(0, depth)))
    if (current === undefined) return []
    if (depth === path.length) return Object.keys(current.properties ?? {})
    const step: string | number = path[depth]
    const additional: boolean | JsonSchema | undefined = current.additionalProperties
    current =
      typeof step === 'number'
        ? current.items
        : (current.properties?.[step] ?? (typeof additional === 'object' ? additional : undefined))
  }
}

function chosen(schema: JsonSchema, value: unknown): JsonSchema | undefined {
  const alternatives = schema.oneOf ?? schema.anyOf
  if (alternatives === undefined) return schema
  const fitting = isRecord(value)
    ? alternatives.filter(({ type }) => type === undefined || type === 'object')
    : alternatives
  return fitting.find(({ properties = {} }) =>
    Object.entries(properties).every(
      ([key, property]) => property.const === undefined || (isRecord(value) && value[key] === property.const),
    ),
  )
}
