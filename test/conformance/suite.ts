/**
 * What a conformance suite is: a function from one recorded case to the differences from what Kubernetes did.
 * A suite file `<name>.ndjson` or `<name>.csv` is judged by the suite of that name.
 */

export type CaseRecord = Readonly<Record<string, unknown>>

export interface Difference {
  /** Where in the result, as in `steps[2].replicas`; empty for the whole. */
  readonly path: string
  readonly want: unknown
  readonly got: unknown
}

export interface SuiteContext {
  /** The record's `id`, or `<suite>-<row>` for a row of a CSV file. */
  readonly id: string
}

export interface Suite {
  readonly name: string
  run(record: CaseRecord, context: SuiteContext): Difference[]
}

/**
 * Deep comparison. Lists are compared in order; a field that is missing equals one that is undefined, nothing
 * else is forgiven.
 */
export function compare(want: unknown, got: unknown, path = ''): Difference[] {
  if (want === got) return []
  if (Array.isArray(want) && Array.isArray(got)) return compareLists(want, got, path)
  if (isFields(want) && isFields(got)) {
    const names = new Set([...Object.keys(want), ...Object.keys(got)])
    return [...names].flatMap(name => compare(want[name], got[name], path === '' ? name : `${path}.${name}`))
  }
  return [{ path, want, got }]
}

function compareLists(want: readonly unknown[], got: readonly unknown[], path: string): Difference[] {
  const differences: Difference[] = []
  for (let i = 0; i < Math.max(want.length, got.length); i++) {
    differences.push(...compare(want[i], got[i], `${path}[${i}]`))
  }
  return differences
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

interface Kind {
  /** @param want for recordings whose `given` shows a state afterwards: what was done tells the state before */
  run(given: unknown, context: SuiteContext, want: unknown): unknown
}
/**
 * Turns a `given` into what must equal the `want` of its record. Taken from a method, so that a runner may state
 * what its recordings look like.
 */
export type KindRunner = Kind['run']

/** A suite whose records carry a `kind`; a kind without a runner is a difference, never passed over. */
export function suiteOfKinds(name: string, kinds: Readonly<Record<string, KindRunner>>): Suite {
  const runners = new Map(Object.entries(kinds))
  return {
    name,
    run({ kind, given, want }: { kind: string; given: unknown; want: unknown }, context) {
      const runner = runners.get(kind)
      if (runner === undefined) return [{ path: 'kind', want: kind, got: 'unknown kind' }]
      return compare(want, runner(given, context, want))
    },
  }
}
