/** Words to say what the fields of an object hold. */

export type ScalarKind = 'string' | 'integer' | 'boolean' | 'quantity' | 'int-or-string'

/** What a field holds: a scalar, anything, a list of one kind, a mapping to one kind, or known fields. */
export type Kind = ScalarKind | 'any' | { readonly list: Kind } | { readonly map: Kind } | Fields

export interface Fields {
  readonly fields: Readonly<Record<string, Kind>>
  readonly required?: readonly string[]
}

export const strings: Kind = { list: 'string' }
export const words: Kind = { map: 'string' }
export const amounts: Kind = { map: 'quantity' }

export function of(fields: Readonly<Record<string, Kind>>, ...required: string[]): Fields {
  return { fields, required }
}

/** Fields of one kind by their names, as `'a b c'`. */
export function all(kind: Kind, names: string): Record<string, Kind> {
  return Object.fromEntries(names.split(' ').map(name => [name, kind]))
}

export const labelSelector = of({
  matchLabels: words,
  matchExpressions: { list: of({ key: 'string', operator: 'string', values: strings }, 'key', 'operator') },
})
