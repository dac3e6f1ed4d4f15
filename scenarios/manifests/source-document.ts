/**
 * Reads YAML and JSON text into plain values that still know where each of them was written. YAML is read as
 * Kubernetes reads it: version 1.1 (`yes` is a boolean, `0644` octal) but without its times and dates.
 */
import {
  Alias,
  Composer,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  Parser,
  visit,
} from 'yaml'
import type { Issue, Place } from '../issue.js'
import type { Path } from '../path.js'
import { isDeeper, tooDeep, unclosed } from './nesting.js'

/** Values that anchors may repeat in one document; more is an attack or a mistake. */
const MAX_REPEATED_VALUES = 100_000

/** One document of a file: its value, and where the parts of the value are. */
export class SourceDocument {
  readonly file: string
  readonly value: unknown
  #document: () => { readonly root: Document; readonly lines: LineCounter }

  constructor(file: string, value: unknown, document: () => { root: Document; lines: LineCounter }) {
    this.file = file
    this.value = value
    this.#document = document
  }

  /** The place of a value or its key; of what surrounds it where there is no such value. */
  readonly locate = (path: Path, part: 'key' | 'value' = 'value'): Place => {
    const { root, lines } = this.#document()
    let node: Node | null = root.contents
    let offset = node?.range?.[0] ?? 0
    for (const [depth, step] of path.entries()) {
      if (isAlias(node)) node = node.resolve(root) ?? null
      let child: unknown
      if (isMap(node)) {
        const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step))
        if (pair === undefined) break
        const key = pair.key as Node
        const isKey = part === 'key' && depth === path.length - 1
        child = pair.value ?? key
        if (isKey) child = key
        offset = offsetOf(child) ?? key.range?.[0] ?? offset
      } else if (isSeq(node)) {
        child = node.items[Number(step)]
        if (child === undefined) break
        offset = offsetOf(child) ?? offset
      } else break
      node = child as Node | null
    }
    return { file: this.file, ...placeOf(lines, offset) }
  }
}

function offsetOf(node: unknown): number | undefined {
  return (node as Node | null)?.range?.[0]
}

function placeOf(lines: LineCounter, offset: number): { line: number; column: number } {
  const { line, col } = lines.linePos(offset)
  return { line: Math.max(line, 1), column: Math.max(col, 1) }
}

export interface ReadDocuments {
  readonly documents: readonly SourceDocument[]
  readonly issues: readonly Issue[]
}

/** Reads all documents of a YAML text. A document with a mistake is left out. */
export function readYaml(file: string, text: string): ReadDocuments {
  const lines = new LineCounter()
  const tokens = [...new Parser(lines.addNewLine).parse(text)]
  const issueAt = (offset: number, message: string): Issue => {
    return { file, ...placeOf(lines, offset), path: '', message }
  }
  const deep = tooDeep(tokens)
  if (deep !== undefined) return { documents: [], issues: [issueAt(deep, 'nested too deeply')] }
  const open = unclosed(tokens)
  if (open !== undefined)
    return { documents: [], issues: [issueAt(open, 'what is opened here is never closed')] }
  const composer = new Composer({ version: '1.1', customTags, prettyErrors: false })
  const documents: SourceDocument[] = []
  const issues: Issue[] = []
  for (const root of composer.compose(tokens, false, text.length)) {
    const found = faultsOf(root)
    // One slip makes the rest of its line, and often of the document, look wrong: the first one tells it.
    const lineOf = (offset: number): number => lines.linePos(offset).line
    const telling = found.filter(({ offset }, i) => i === 0 || lineOf(offset) > lineOf(found[i - 1].offset))
    const isCascade = telling.length > 0 && telling[0].isSyntax
    for (const fault of isCascade ? telling.slice(0, 1) : telling) {
      issues.push(issueAt(fault.offset, fault.message))
    }
    if (found.length > 0 || root.contents === null) continue
    const value: unknown = root.toJS({ maxAliasCount: -1 })
    documents.push(new SourceDocument(file, value, () => ({ root, lines })))
  }
  return { documents, issues }
}

/**
 * Reads a JSON text. The parser of the platform is twenty times faster than one that keeps places, so these are
 * looked for only when something is wrong.
 */
export function readJson(file: string, text: string): ReadDocuments {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    return { documents: [], issues: [jsonIssue(file, text, error)] }
  }
  let read: { root: Document; lines: LineCounter } | undefined
  const document = (): { root: Document; lines: LineCounter } => {
    if (read === undefined) {
      const lines = new LineCounter()
      const tokens = new Parser(lines.addNewLine).parse(text)
      const [root] = new Composer({ version: '1.1', customTags }).compose(tokens, true, text.length)
      read = { root, lines }
    }
    return read
  }
  if (isDeeper(value)) {
    const lines = new LineCounter()
    const offset = tooDeep([...new Parser(lines.addNewLine).parse(text)]) ?? 0
    return {
      documents: [],
      issues: [{ file, ...placeOf(lines, offset), path: '', message: 'nested too deeply' }],
    }
  }
  return { documents: [new SourceDocument(file, value, document)], issues: [] }
}

function jsonIssue(file: string, text: string, error: unknown): Issue {
  const reason = error instanceof Error ? error.message : String(error)
  const at = /at position (\d+)/.exec(reason)
  const before = text.slice(0, at === null ? text.length : Number(at[1])).split('\n')
  const message = `no valid JSON: ${lowered(reason.replace(/(?: in JSON)? at position.*$/s, ''))}`
  return { file, line: before.length, column: before[before.length - 1].length + 1, path: '', message }
}

type Tags = Exclude<NonNullable<ConstructorParameters<typeof Composer>[0]>['customTags'], undefined>

/** Times would turn 12:30 into minutes and dates into objects; Kubernetes' YAML has neither. */
const customTags: Tags = tags =>
  tags.filter(
    tag => typeof tag === 'string' || (tag.format !== 'TIME' && tag.tag !== 'tag:yaml.org,2002:timestamp'),
  )

interface DocumentFault {
  readonly offset: number
  readonly message: string
  readonly isSyntax: boolean
}

const KNOWN_ERRORS: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: 'this key was given before in the same mapping',
  TAB_AS_INDENT: 'a tab cannot indent; use spaces',
  BLOCK_AS_IMPLICIT_KEY: 'a mapping cannot start here; text with a colon in it needs quotes',
}

function faultsOf(root: Document): readonly DocumentFault[] {
  const faults: DocumentFault[] = []
  for (const { code, message, pos } of [...root.errors, ...root.warnings]) {
    const isSyntax = code !== 'DUPLICATE_KEY' && code !== 'TAG_RESOLVE_FAILED'
    faults.push({
      offset: pos[0],
      message: KNOWN_ERRORS[code] ?? `no valid YAML: ${lowered(message)}`,
      isSyntax,
    })
  }
  if (faults.length === 0) faults.push(...aliasFaults(root), ...keyFaults(root))
  return faults.sort((a, b) => a.offset - b.offset)
}

function lowered(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1)
}

/** Anchors that nobody set, that contain themselves, or that repeat each other into the millions. */
function aliasFaults(root: Document): DocumentFault[] {
  const faults: DocumentFault[] = []
  const weights = new Map<Node, number>()
  const open = new Set<Node>()
  let repeated = 0
  const weigh = (node: Node): number => {
    const known = weights.get(node)
    if (known !== undefined) return known
    let weight = 1
    visit(node, {
      Alias: (_, alias) => {
        const target = alias.resolve(root)
        if (target !== undefined && !open.has(target)) {
          open.add(target)
          weight += weigh(target)
          open.delete(target)
        }
      },
      Node: (_, inner) => {
        if (!(inner instanceof Alias)) weight++
      },
    })
    weights.set(node, weight)
    return weight
  }
  visit(root, {
    Alias: (_, alias, ancestors) => {
      const offset = alias.range?.[0] ?? 0
      const target = alias.resolve(root)
      const isInside = target !== undefined && ancestors.includes(target)
      if (target === undefined) {
        const message = `there is no anchor "${alias.source}" before this`
        faults.push({ offset, message, isSyntax: false })
      } else if (isInside) {
        faults.push({ offset, message: `"${alias.source}" contains itself`, isSyntax: false })
      } else repeated += weigh(target)
      if (repeated <= MAX_REPEATED_VALUES || target === undefined) return undefined
      faults.push({ offset, message: 'anchors repeat each other too often', isSyntax: false })
      return visit.BREAK
    },
  })
  return faults
}

function keyFaults(root: Document): DocumentFault[] {
  const faults: DocumentFault[] = []
  visit(root, {
    Pair: (_, { key }) => {
      if (isScalar(key) || isAlias(key)) return
      const offset = (key as Node | null)?.range?.[0] ?? 0
      faults.push({ offset, message: 'a key is a single word or text', isSyntax: false })
    },
  })
  return faults
}
