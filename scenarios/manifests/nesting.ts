import type { CST } from 'yaml'

/** Levels of mappings and lists in one another; nothing in Kubernetes comes near. */
export const MAX_DEPTH = 100

interface Nested {
  readonly token: CST.Token
  readonly depth: number
}

/** The offset of the first token below the deepest level allowed; it walks without recursion. */
export function tooDeep(tokens: readonly CST.Token[]): number | undefined {
  const open: Nested[] = tokens.map(token => ({ token, depth: 0 })).reverse()
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { token, depth } = next
    if (depth > MAX_DEPTH) return token.offset
    if (token.type === 'document') {
      if (token.value !== undefined) open.push({ token: token.value, depth })
    } else if ('items' in token) {
      for (let i = token.items.length - 1; i >= 0; i--) {
        const { key, value } = token.items[i]
        if (value !== undefined) open.push({ token: value, depth: depth + 1 })
        if (key !== undefined && key !== null) open.push({ token: key, depth: depth + 1 })
      }
    }
  }
  return undefined
}

/** The offset of the first quote or bracket that is never closed. */
export function unclosed(tokens: readonly CST.Token[]): number | undefined {
  const open = [...tokens].reverse()
  for (let token = open.pop(); token !== undefined; token = open.pop()) {
    if (isUnclosed(token)) return token.offset
    if (token.type === 'document') {
      if (token.value !== undefined) open.push(token.value)
    } else if ('items' in token) {
      for (let i = token.items.length - 1; i >= 0; i--) {
        const { key, value } = token.items[i]
        if (value !== undefined) open.push(value)
        if (key !== undefined && key !== null) open.push(key)
      }
    }
  }
  return undefined
}

function isUnclosed(token: CST.Token): boolean {
  if (token.type === 'double-quoted-scalar') return !/^"(?:[^"\\]|\\[\s\S])*"$/.test(token.source)
  if (token.type === 'single-quoted-scalar') return !/^'(?:[^']|'')*'$/.test(token.source)
  if (token.type !== 'flow-collection') return false
  return !token.end.some(({ type }) => type === 'flow-seq-end' || type === 'flow-map-end')
}

/** Whether plain data nest deeper than allowed. */
export function isDeeper(value: unknown): boolean {
  const open = [{ value, depth: 0 }]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next.value === null || typeof next.value !== 'object') continue
    if (next.depth > MAX_DEPTH) return true
    for (const child of Object.values(next.value)) open.push({ value: child, depth: next.depth + 1 })
  }
  return false
}
