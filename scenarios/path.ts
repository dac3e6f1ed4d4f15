/** Keys and list indexes from the root of a document to a value in it. */
export type Path = readonly (string | number)[]

const PLAIN_KEY = /^[A-Za-z_$][\w$/-]*$/
const STEP = /\.?(?:\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|(\d+)(?=[.[]|$)|([^.[\]"=]+))/y

/** `nodes.0.labels["topology.kubernetes.io/zone"]`: keys that are no plain words are quoted. */
export function formatPath(path: Path): string {
  let text = ''
  for (const step of path) {
    if (typeof step === 'string' && !PLAIN_KEY.test(step)) text += `[${JSON.stringify(step)}]`
    else text += text === '' ? step : `.${step}`
  }
  return text
}

/** The inverse of {@link formatPath}; `[0]` may stand for `.0`. Undefined when the text is no path. */
export function parsePath(text: string): Path | undefined {
  const path: (string | number)[] = []
  STEP.lastIndex = 0
  while (STEP.lastIndex < text.length) {
    const start = STEP.lastIndex
    const step = STEP.exec(text)
    if (step === null || (start === 0 && text.startsWith('.'))) return undefined
    const [, quoted, bracketed, index, key] = step
    if (quoted !== undefined) path.push(JSON.parse(`"${quoted}"`) as string)
    else if (key === undefined) path.push(Number(bracketed ?? index))
    else path.push(key)
  }
  return path.length === 0 ? undefined : path
}

/** The value at a path of plain data, or undefined. */
export function valueAt(root: unknown, path: Path): unknown {
  let value = root
  for (const step of path) {
    if (value === null || typeof value !== 'object' || !Object.hasOwn(value, step)) return undefined
    value = (value as Record<string | number, unknown>)[step]
  }
  return value
}
