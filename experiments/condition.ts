/**
 * Conditions on combinations of axis values, such as `nodes * 4 >= pods and policy != "spread"`: comparisons, sums,
 * products, `and`, `or`, `not` and parentheses. Words that are no axis are texts.
 */
import type { AxisValue } from './experiment.js'

type Values = Readonly<Record<string, AxisValue>>
type Evaluate = (values: Values) => AxisValue

export interface Condition {
  readonly text: string
  /** Names in it that are axes. */
  readonly axes: readonly string[]
  readonly holds: (values: Values) => boolean
}

/** Thrown while parsing; the message is for the user. */
class Misread extends Error {}

const TOKEN = /\s*(?:(<=|>=|==|!=|[<>=()+*/-])|"([^"]*)"|'([^']*)'|([^\s<>=!()+*/"']+))/y
const COMPARISONS = ['<', '<=', '>', '>=', '=', '==', '!='] as const

interface Token {
  readonly kind: 'sign' | 'text' | 'word'
  readonly text: string
}

/** Reads a condition over these axes, or says what is wrong with it. */
export function parseCondition(text: string, axes: readonly string[]): Condition | string {
  try {
    const parser = new Parser(tokensOf(text), axes)
    const evaluate = parser.whole()
    return { text, axes: [...parser.used], holds: values => evaluate(values) === true }
  } catch (error) {
    if (error instanceof Misread) return error.message
    throw error
  }
}

function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = []
  TOKEN.lastIndex = 0
  const end = text.trimEnd().length
  while (TOKEN.lastIndex < end) {
    const start = TOKEN.lastIndex
    const match = TOKEN.exec(text)
    if (match === null) throw new Misread(`cannot read ${JSON.stringify(text.slice(start).trim())}`)
    const [, sign, double, single, word] = match
    if (sign !== undefined) tokens.push({ kind: 'sign', text: sign })
    else if (word !== undefined) tokens.push({ kind: 'word', text: word })
    else tokens.push({ kind: 'text', text: double ?? single })
  }
  return tokens
}

class Parser {
  readonly used = new Set<string>()
  readonly #tokens: readonly Token[]
  readonly #axes: readonly string[]
  #next = 0

  constructor(tokens: readonly Token[], axes: readonly string[]) {
    this.#tokens = tokens
    this.#axes = axes
  }

  whole(): Evaluate {
    const evaluate = this.#or()
    const rest = this.#tokens[this.#next] as Token | undefined
    if (rest !== undefined) throw new Misread(`there is no place for ${JSON.stringify(rest.text)}`)
    if (this.used.size === 0) throw new Misread(`it names no axis; there are ${this.#axes.join(', ')}`)
    return evaluate
  }

  #take(...texts: readonly string[]): string | undefined {
    const token = this.#tokens[this.#next] as Token | undefined
    if (token === undefined || token.kind === 'text' || !texts.includes(token.text)) return undefined
    this.#next++
    return token.text
  }

  #or(): Evaluate {
    let left = this.#and()
    while (this.#take('or') !== undefined) {
      const [first, second] = [left, this.#and()]
      left = values => truth(first(values)) || truth(second(values))
    }
    return left
  }

  #and(): Evaluate {
    let left = this.#not()
    while (this.#take('and') !== undefined) {
      const [first, second] = [left, this.#not()]
      left = values => truth(first(values)) && truth(second(values))
    }
    return left
  }

  #not(): Evaluate {
    if (this.#take('not') === undefined) return this.#comparison()
    const inner = this.#not()
    return values => !truth(inner(values))
  }

  #comparison(): Evaluate {
    const left = this.#sum()
    const sign = this.#take(...COMPARISONS)
    if (sign === undefined) return left
    const right = this.#sum()
    return values => compare(sign, left(values), right(values))
  }

  #sum(): Evaluate {
    let left = this.#product()
    for (let sign = this.#take('+', '-'); sign !== undefined; sign = this.#take('+', '-')) {
      const [first, second, factor] = [left, this.#product(), sign === '+' ? 1 : -1]
      left = values => number(first(values)) + factor * number(second(values))
    }
    return left
  }

  #product(): Evaluate {
    let left = this.#operand()
    for (let sign = this.#take('*', '/'); sign !== undefined; sign = this.#take('*', '/')) {
      const [first, second, divides] = [left, this.#operand(), sign === '/']
      left = values =>
        divides
          ? number(first(values)) / number(second(values))
          : number(first(values)) * number(second(values))
    }
    return left
  }

  #operand(): Evaluate {
    if (this.#take('(') !== undefined) {
      const inner = this.#or()
      if (this.#take(')') === undefined) throw new Misread('a ")" is missing')
      return inner
    }
    if (this.#take('-') !== undefined) {
      const inner = this.#operand()
      return values => -number(inner(values))
    }
    const token = this.#tokens[this.#next] as Token | undefined
    if (token === undefined || token.kind === 'sign') {
      throw new Misread(token === undefined ? 'it ends too early' : `a value is missing before ${token.text}`)
    }
    this.#next++
    const { kind, text } = token
    if (kind === 'word' && this.#axes.includes(text)) {
      this.used.add(text)
      return values => values[text]
    }
    const constant = kind === 'word' ? constantOf(text) : text
    return () => constant
  }
}

function constantOf(word: string): AxisValue {
  if (word === 'true' || word === 'false') return word === 'true'
  return Number.isFinite(Number(word)) ? Number(word) : word
}

function truth(value: AxisValue): boolean {
  return value === true
}

/** A text that is no number compares as none with everything. */
function number(value: AxisValue): number {
  return typeof value === 'number' ? value : Number.NaN
}

function compare(sign: string, left: AxisValue, right: AxisValue): boolean {
  if (sign === '=' || sign === '==') return left === right
  if (sign === '!=') return left !== right
  if (typeof left !== typeof right) return false
  if (sign === '<') return left < right
  if (sign === '<=') return left <= right
  return sign === '>' ? left > right : left >= right
}
