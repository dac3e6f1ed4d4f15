/**
 * Parameters of an experiment file: named values that `${name}` stands for anywhere in it, and that the command line
 * sets with `--set name=value`. A path parameter is relative to the experiment's file when it stands there and to the
 * working directory when it comes from the command line; it is handed on relative to the base scenario, as every path
 * in a scenario is.
 */

const REFERENCE = /\$(?:(\$)|\{([^{}]*)\})/g

/** Names that `${...}` may stand for, with what is put in their place. */
export type Bindings = ReadonlyMap<string, unknown>

/** Every name that a value refers to. */
export function referencesIn(value: unknown): readonly string[] {
  const names = new Set<string>()
  visitTexts(value, text => {
    for (const [, , name] of text.matchAll(REFERENCE)) if (name !== undefined) names.add(name)
  })
  return [...names]
}

function visitTexts(value: unknown, visit: (text: string) => void): void {
  if (typeof value === 'string') visit(value)
  else if (value !== null && typeof value === 'object') {
    for (const child of Object.values(value)) visitTexts(child, visit)
  }
}

/**
 * A copy with every known `${name}` replaced: by the value itself where the text is nothing else, by its text where
 * it stands among others. Names that are not bound stay for later; `$$` is a dollar sign once `last` is set.
 */
export function substitute(value: unknown, bindings: Bindings, last = false): unknown {
  if (typeof value === 'string') return inText(value, bindings, last)
  if (Array.isArray(value)) return value.map((item: unknown) => substitute(item, bindings, last))
  if (value === null || typeof value !== 'object') return value
  const entries = Object.entries(value).map(([key, child]) => [key, substitute(child, bindings, last)])
  return Object.fromEntries(entries)
}

function inText(text: string, bindings: Bindings, last: boolean): unknown {
  const whole = /^\$\{([^{}]*)\}$/.exec(text)
  if (whole !== null && bindings.has(whole[1])) return bindings.get(whole[1])
  return text.replaceAll(REFERENCE, (written: string, dollar: string | undefined, name: string) => {
    if (dollar !== undefined) return last ? '$' : written
    return bindings.has(name) ? textOf(bindings.get(name)) : written
  })
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
