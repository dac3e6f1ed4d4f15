/**
 * The text form of label selectors: `app=web,tier in (a,b),!legacy,n>3`.
 * Upstream: apimachinery pkg/labels/selector.go (lexer and parser), release 1.36.
 * Simplified: nothing known.
 */
import { aggregateError, invalidField, NO_PATH } from './field-error.js'
import {
  type CompiledSelector,
  compileRequirements,
  type Requirement,
  requirementErrors,
  SelectorOperator,
  type SelectorRefusal,
} from './labels.js'
import { qualifiedNameErrors } from './names.js'

/** Reads a text selector, or says why not in upstream's words. The empty text selects everything. */
export function parseSelector(text: string): CompiledSelector | SelectorRefusal {
  const read = new SelectorParser(scan(text)).parse()
  return 'error' in read ? read : compileRequirements(read)
}

type TokenKind = 'identifier' | 'operator' | '!' | '(' | ')' | ',' | 'end' | 'error'

interface Token {
  readonly kind: TokenKind
  readonly literal: string
}

const SYMBOLS: ReadonlyMap<string, TokenKind> = new Map<string, TokenKind>([
  ['=', 'operator'],
  ['==', 'operator'],
  ['!=', 'operator'],
  ['>', 'operator'],
  ['<', 'operator'],
  ['!', '!'],
  ['(', '('],
  [')', ')'],
  [',', ','],
])
const BINARY_OPERATORS: ReadonlyMap<string, SelectorOperator> = new Map<string, SelectorOperator>([
  ['in', SelectorOperator.In],
  ['notin', SelectorOperator.NotIn],
  ['=', SelectorOperator.Equals],
  ['==', SelectorOperator.DoubleEquals],
  ['!=', SelectorOperator.NotEquals],
  ['>', SelectorOperator.GreaterThan],
  ['<', SelectorOperator.LessThan],
])
const EXPECTED_OPERATORS = 'in, notin, =, ==, !=, gt, lt'

const BLANKS = ' \t\r\n'
const SPECIAL = '=!(),><'

function scan(text: string): Token[] {
  // Upstream takes a NUL for the end of its input.
  const end = text.indexOf('\0')
  const input = end < 0 ? text : text.slice(0, end)
  const tokens: Token[] = []
  let position = 0
  while (position < input.length) {
    const character = input[position]
    if (BLANKS.includes(character)) {
      position++
      continue
    }
    const token = SPECIAL.includes(character) ? scanSymbol(input, position) : scanWord(input, position)
    tokens.push(token)
    position += token.literal.length
  }
  tokens.push({ kind: 'end', literal: '' })
  return tokens
}

/** The longest symbol starting here; every special character is one by itself. */
function scanSymbol(input: string, position: number): Token {
  const two = input.slice(position, position + 2)
  const literal = SYMBOLS.has(two) ? two : input[position]
  return { kind: SYMBOLS.get(literal) ?? 'error', literal }
}

/** Words run to the next blank or special character; `in` and `notin` are told apart by their place. */
function scanWord(input: string, position: number): Token {
  let end = position
  while (end < input.length && !BLANKS.includes(input[end]) && !SPECIAL.includes(input[end])) end++
  return { kind: 'identifier', literal: input.slice(position, end) }
}

class SelectorParser {
  private readonly tokens: readonly Token[]
  private position = 0

  constructor(tokens: readonly Token[]) {
    this.tokens = tokens
  }

  parse(): Requirement[] | SelectorRefusal {
    const requirements: Requirement[] = []
    for (;;) {
      const { kind, literal } = this.peek()
      if (kind === 'end') return requirements
      if (kind !== 'identifier' && kind !== '!') {
        return { error: `found '${literal}', expected: !, identifier, or 'end of string'` }
      }
      const requirement = this.requirement()
      if ('error' in requirement) return { error: `unable to parse requirement: ${requirement.error}` }
      requirements.push(requirement)
      const separator = this.take()
      if (separator.kind === 'end') return requirements
      if (separator.kind !== ',') {
        return { error: `found '${separator.literal}', expected: ',' or 'end of string'` }
      }
      const next = this.peek()
      if (next.kind !== 'identifier' && next.kind !== '!') {
        return { error: `found '${next.literal}', expected: identifier after ','` }
      }
    }
  }

  private requirement(): Requirement | SelectorRefusal {
    const first = this.take()
    const isNegated = first.kind === '!'
    const { kind, literal: key } = isNegated ? this.take() : first
    if (kind !== 'identifier') return { error: `found '${key}', expected: identifier` }
    const keyErrors = qualifiedNameErrors(key)
    if (keyErrors.length > 0) return { error: invalidField(NO_PATH, key, keyErrors.join('; ')) }

    const { kind: next } = this.peek()
    if (isNegated) return { key, operator: SelectorOperator.DoesNotExist, values: [] }
    if (next === 'end' || next === ',') return { key, operator: SelectorOperator.Exists, values: [] }

    const { literal } = this.take()
    const operator = BINARY_OPERATORS.get(literal)
    if (operator === undefined) return { error: `found '${literal}', expected: ${EXPECTED_OPERATORS}` }
    const isSet = operator === SelectorOperator.In || operator === SelectorOperator.NotIn
    const read = isSet ? this.valueSet() : this.exactValue()
    if ('error' in read) return read
    const values = [...read].toSorted()
    const error = aggregateError(requirementErrors(key, operator, values))
    return error === undefined ? { key, operator, values } : { error }
  }

  /** Everything between parentheses; nothing there, or nothing between commas, is the empty value. */
  private valueSet(): Set<string> | SelectorRefusal {
    const open = this.take()
    if (open.kind !== '(') return { error: `found '${open.literal}' expected: '('` }
    const { kind, literal } = this.peek()
    if (kind === ')') {
      this.take()
      return new Set([''])
    }
    if (kind !== 'identifier' && kind !== ',') {
      return { error: `found '${literal}', expected: ',', ')' or identifier` }
    }
    return this.valueList()
  }

  private valueList(): Set<string> | SelectorRefusal {
    const values = new Set<string>()
    for (;;) {
      const { kind, literal } = this.take()
      const next = this.peek()
      if (kind === 'identifier') {
        values.add(literal)
        if (next.kind !== ',' && next.kind !== ')') {
          return { error: `found '${next.literal}', expected: ',' or ')'` }
        }
      } else if (kind === ',') {
        if (values.size === 0 || next.kind === ')' || next.kind === ',') values.add('')
      } else {
        return { error: `found '${literal}', expected: ',', or identifier` }
      }
      if (next.kind === ')') {
        this.take()
        return values
      }
    }
  }

  private exactValue(): Set<string> | SelectorRefusal {
    const { kind } = this.peek()
    if (kind === 'end' || kind === ',') return new Set([''])
    const { literal } = this.take()
    return kind === 'identifier' ? new Set([literal]) : { error: `found '${literal}', expected: identifier` }
  }

  private peek(): Token {
    return this.tokens[this.position]
  }

  private take(): Token {
    return this.tokens[this.position++]
  }
}
