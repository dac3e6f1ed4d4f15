/**
 * Parses an expression by recursive descent.
 * Upstream: the grammar of the CEL language definition, as k8s.io/apiserver's cel-go reads it (1.36).
 * Simplified: no messages, no optional field selection (`a.?b`).
 */
import { BINARY_OPERATORS, type BinaryOperator, type Expression } from './syntax.js'
import { type SyntaxFault, type Token, tokenize } from './tokens.js'

/** Deeper nesting is refused, as upstream refuses it. */
const MAX_DEPTH = 250

const KEYWORDS: ReadonlyMap<string, boolean | null> = new Map<string, boolean | null>([
  ['true', true],
  ['false', false],
  ['null', null],
])

/** The tree of an expression, or what is wrong with its text. */
export function parseExpression(text: string): Expression | SyntaxFault {
  const tokens = tokenize(text)
  if ('error' in tokens) return tokens
  const parser = new Parser(tokens)
  const expression = parser.expression()
  if (parser.fault === undefined) parser.expect('<EOF>')
  return parser.fault === undefined ? expression : { error: parser.fault }
}

/** After the first fault everything reads as null, and nothing more is looked at. */
const NOTHING: Expression = { kind: 'literal', value: null }

class Parser {
  readonly #tokens: readonly Token[]
  #next = 0
  #depth = 0
  fault: string | undefined

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  expression(): Expression {
    if (++this.#depth > MAX_DEPTH) return this.#fail('expression recursion limit exceeded: 250')
    const condition = this.#binary(0)
    this.#depth--
    if (!this.#accept('?')) return condition
    const yes = this.#binary(0)
    this.expect(':')
    const no = this.expression()
    return { kind: 'conditional', condition, yes, no }
  }

  expect(text: string): void {
    if (this.#accept(text)) return
    this.#fail(`Syntax error: mismatched input '${this.#peek.text}' expecting '${text}'`)
  }

  get #peek(): Token {
    return this.#tokens[this.#next]
  }

  #take(): Token {
    const token = this.#peek
    if (token.kind !== 'end') this.#next++
    return token
  }

  #fail(fault: string): Expression {
    this.fault ??= fault
    this.#next = this.#tokens.length - 1
    return NOTHING
  }

  #accept(text: string): boolean {
    const { kind, text: found } = this.#peek
    if (kind === 'literal' || found !== text) return false
    this.#take()
    return true
  }

  #binary(level: number): Expression {
    if (level === BINARY_OPERATORS.length) return this.#unary()
    let left = this.#binary(level + 1)
    for (;;) {
      const operator = this.#acceptOperator(level)
      if (operator === undefined) return left
      left = { kind: 'binary', operator, left, right: this.#binary(level + 1) }
    }
  }

  #acceptOperator(level: number): BinaryOperator | undefined {
    return BINARY_OPERATORS[level].find(operator => this.#accept(operator))
  }

  #unary(): Expression {
    if (this.#accept('!')) return { kind: 'unary', operator: '!', operand: this.#unary() }
    if (this.#accept('-')) {
      const operand = this.#unary()
      // The smallest integer can be written only with its sign.
      if (operand.kind === 'literal' && typeof operand.value === 'bigint') {
        return { kind: 'literal', value: -operand.value }
      }
      return { kind: 'unary', operator: '-', operand }
    }
    return this.#member()
  }

  #member(): Expression {
    let operand = this.#primary()
    while (this.fault === undefined) {
      if (this.#accept('.')) {
        const { kind, text: field } = this.#take()
        if (kind !== 'name') return this.#fail(`Syntax error: no viable alternative at input '.${field}'`)
        operand = this.#accept('(')
          ? { kind: 'call', name: field, target: operand, arguments: this.#list(')') }
          : { kind: 'select', operand, field }
      } else if (this.#accept('[')) {
        const index = this.expression()
        this.expect(']')
        operand = { kind: 'index', operand, index }
      } else break
    }
    return operand
  }

  #primary(): Expression {
    this.#accept('.')
    const token = this.#take()
    if (token.kind === 'literal') return { kind: 'literal', value: token.value }
    if (token.kind === 'name') {
      const keyword = KEYWORDS.get(token.text)
      if (keyword !== undefined) return { kind: 'literal', value: keyword }
      if (!this.#accept('(')) return { kind: 'name', name: token.text }
      return { kind: 'call', name: token.text, target: undefined, arguments: this.#list(')') }
    }
    if (token.text === '(') {
      const inner = this.expression()
      this.expect(')')
      return inner
    }
    if (token.text === '[') return { kind: 'list', items: this.#list(']') }
    if (token.text === '{') return { kind: 'map', entries: this.#entries() }
    return this.#fail(`Syntax error: mismatched input '${token.text}'`)
  }

  #list(end: string): Expression[] {
    const items: Expression[] = []
    while (this.fault === undefined && !this.#accept(end)) {
      items.push(this.expression())
      if (this.#accept(',')) continue
      this.expect(end)
      break
    }
    return items
  }

  #entries(): [Expression, Expression][] {
    const entries: [Expression, Expression][] = []
    while (this.fault === undefined && !this.#accept('}')) {
      const key = this.expression()
      this.expect(':')
      entries.push([key, this.expression()])
      if (this.#accept(',')) continue
      this.expect('}')
      break
    }
    return entries
  }
}
