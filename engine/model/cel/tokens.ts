/**
 * Cuts the text of an expression into tokens.
 * Upstream: the lexis of the CEL language definition, as k8s.io/apiserver's cel-go reads it (1.36).
 * Simplified: no byte strings.
 */
import type { UnsignedLiteral } from './syntax.js'

export type Token =
  | { readonly kind: 'name'; readonly text: string; readonly at: number }
  | {
      readonly kind: 'literal'
      readonly value: bigint | number | string | UnsignedLiteral
      readonly text: string
      readonly at: number
    }
  | { readonly kind: 'sign'; readonly text: string; readonly at: number }
  | { readonly kind: 'end'; readonly text: string; readonly at: number }

export interface SyntaxFault {
  readonly error: string
}

const BLANK = /(?:\s|\/\/[^\n]*)*/y
const NAME = /[A-Za-z_][A-Za-z0-9_]*/y
const NUMBER =
  /0x[0-9a-fA-F]+u?|(?:\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\.\d+(?:[eE][+-]?\d+)?|\d+[uU]?)/y
const SIGN = /\|\||&&|<=|>=|==|!=|[-<>+*/%!?:.,()[\]{}]/y
const STRING = /([rR]?)("""|'''|"|')/y

const SIMPLE_ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  "'": "'",
  '"': '"',
  '`': '`',
  '?': '?',
}
const ESCAPE = /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2})|([\s\S]))/g

/** The tokens of a text, the end as the last one; or what cannot be read. */
export function tokenize(text: string): readonly Token[] | SyntaxFault {
  const tokens: Token[] = []
  let at = 0
  for (;;) {
    at += match(BLANK, text, at)?.[0].length ?? 0
    if (at >= text.length) break
    const token = readString(text, at) ?? readWord(text, at)
    if (token === undefined) return { error: `token recognition error at: '${text[at]}'` }
    if ('error' in token) return token
    tokens.push(token.token)
    at = token.end
  }
  tokens.push({ kind: 'end', text: '<EOF>', at })
  return tokens
}

interface Read {
  readonly token: Token
  readonly end: number
}

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at
  return pattern.exec(text)
}

function readWord(text: string, at: number): Read | undefined {
  const number = match(NUMBER, text, at)
  if (number !== null) {
    const token = { kind: 'literal', value: numberOf(number[0]), text: number[0], at } as const
    return { token, end: at + number[0].length }
  }
  const name = match(NAME, text, at)
  if (name !== null) return { token: { kind: 'name', text: name[0], at }, end: at + name[0].length }
  const sign = match(SIGN, text, at)
  if (sign !== null) return { token: { kind: 'sign', text: sign[0], at }, end: at + sign[0].length }
  return undefined
}

function numberOf(text: string): bigint | number | UnsignedLiteral {
  const isHex = text.startsWith('0x')
  if (/[uU]$/.test(text)) return { unsigned: BigInt(text.slice(0, -1)) }
  return isHex || /^\d+$/.test(text) ? BigInt(text) : Number(text)
}

function readString(text: string, at: number): Read | SyntaxFault | undefined {
  const open = match(STRING, text, at)
  if (open === null) return undefined
  const [start, raw, quote] = open
  let end = at + start.length
  while (end < text.length && !text.startsWith(quote, end)) {
    if (quote.length === 1 && text[end] === '\n') break
    end += text[end] === '\\' && raw === '' ? 2 : 1
  }
  if (!text.startsWith(quote, end)) return { error: `token recognition error at: '${text.slice(at)}'` }
  const body = text.slice(at + start.length, end)
  const value = raw === '' ? unescape(body) : body
  if (value === undefined) return { error: `unable to unescape string ${text.slice(at, end + quote.length)}` }
  const token = { kind: 'literal', value, text: body, at } as const
  return { token, end: end + quote.length }
}

function unescape(body: string): string | undefined {
  let isValid = true
  const plain = body.replace(
    ESCAPE,
    (_, hex?: string, short?: string, long?: string, octal?: string, simple = '') => {
      if (octal !== undefined) return String.fromCodePoint(Number.parseInt(octal, 8))
      const code = hex ?? short ?? long
      if (code !== undefined) {
        const point = Number.parseInt(code, 16)
        if (point <= 0x10ffff) return String.fromCodePoint(point)
      } else if (SIMPLE_ESCAPES[simple] !== undefined) return SIMPLE_ESCAPES[simple]
      isValid = false
      return ''
    },
  )
  return isValid ? plain : undefined
}
