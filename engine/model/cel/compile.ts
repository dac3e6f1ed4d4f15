/**
 * Turns an expression into a function of its variables. Macros are unfolded here; `||`, `&&`, `all` and
 * `exists` pass over an error when another operand decides.
 * Upstream: cel-go's checker, interpreter and parser/macro.go (1.36).
 * Simplified: types are checked when the expression runs; only unknown names and functions are found before,
 * and their messages are shorter. Costs are not limited.
 */
import { FUNCTIONS, noOverload } from './functions.js'
import { BINARY, elementAt, negate } from './operators.js'
import { parseExpression } from './parse.js'
import type { Expression } from './syntax.js'
import {
  CelError,
  type CelKey,
  CelMap,
  CelUnsigned,
  type CelValue,
  isList,
  keyOf,
  typeName,
} from './value.js'

/** The variables an expression sees, the innermost first. */
export interface Scope {
  readonly name: string
  readonly value: CelValue
  readonly outer: Scope | undefined
}

export type Evaluate = (scope: Scope) => CelValue

/** What the expression may refer to: a variable, and its fields when they are known. */
export type Declarations = ReadonlyMap<string, readonly string[] | undefined>

export interface CompileFault {
  readonly error: string
}

/** The function of an expression, or what is wrong with it. */
export function compileExpression(text: string, declarations: Declarations): Evaluate | CompileFault {
  const expression = parseExpression(text)
  if ('error' in expression) return expression
  const compiler = new Compiler()
  const evaluate = compiler.compile(expression, declarations)
  return compiler.fault === undefined ? evaluate : { error: compiler.fault }
}

const NO_OVERLOAD = new CelError('no such overload')
const MACROS = ['all', 'exists', 'exists_one', 'existsOne', 'map', 'filter']

class Compiler {
  fault: string | undefined

  compile(expression: Expression, declared: Declarations): Evaluate {
    switch (expression.kind) {
      case 'literal': {
        const { value } = expression
        const constant = typeof value === 'object' && value !== null ? new CelUnsigned(value.unsigned) : value
        return () => constant
      }
      case 'name':
        return this.#name(expression.name, declared)
      case 'select':
        return this.#select(expression.operand, expression.field, declared)
      case 'index':
        return strict(
          [this.compile(expression.operand, declared), this.compile(expression.index, declared)],
          ([container, index]) => elementAt(container, index),
        )
      case 'unary': {
        const operation = expression.operator === '-' ? negate : not
        return strict([this.compile(expression.operand, declared)], ([value]) => operation(value))
      }
      case 'binary':
        return this.#binary(expression, declared)
      case 'conditional':
        return this.#conditional(expression, declared)
      case 'list':
        return strict(
          expression.items.map(item => this.compile(item, declared)),
          items => [...items],
        )
      case 'map':
        return this.#map(expression.entries, declared)
      case 'call':
        return this.#call(expression, declared)
    }
    return expression
  }

  #fail(fault: string): Evaluate {
    this.fault ??= fault
    return () => NO_OVERLOAD
  }

  #name(name: string, declared: Declarations): Evaluate {
    if (!declared.has(name)) return this.#fail(`undeclared reference to '${name}' (in container '')`)
    return scope => {
      let at: Scope | undefined = scope
      while (at !== undefined && at.name !== name) at = at.outer
      return at === undefined ? NO_OVERLOAD : at.value
    }
  }

  #select(operand: Expression, field: string, declared: Declarations): Evaluate {
    const fields = operand.kind === 'name' ? declared.get(operand.name) : undefined
    if (fields !== undefined && !fields.includes(field)) return this.#fail(`undefined field '${field}'`)
    return strict([this.compile(operand, declared)], ([container]) =>
      container instanceof CelMap ? elementAt(container, field) : NO_OVERLOAD,
    )
  }

  #binary(
    { operator, left, right }: Extract<Expression, { kind: 'binary' }>,
    declared: Declarations,
  ): Evaluate {
    const first = this.compile(left, declared)
    const second = this.compile(right, declared)
    if (operator === '||' || operator === '&&') {
      const decisive = operator === '||'
      return scope => {
        const one = first(scope)
        if (one === decisive) return decisive
        const other = second(scope)
        if (other === decisive) return decisive
        if (one instanceof CelError) return one
        if (other instanceof CelError) return other
        return typeof one === 'boolean' && typeof other === 'boolean' ? !decisive : NO_OVERLOAD
      }
    }
    const operation = BINARY[operator]
    return scope => {
      const one = first(scope)
      if (one instanceof CelError) return one
      const other = second(scope)
      return other instanceof CelError ? other : operation(one, other)
    }
  }

  #conditional(
    { condition, yes, no }: Extract<Expression, { kind: 'conditional' }>,
    declared: Declarations,
  ): Evaluate {
    const decide = this.compile(condition, declared)
    const whenTrue = this.compile(yes, declared)
    const whenFalse = this.compile(no, declared)
    return scope => {
      const decision = decide(scope)
      if (decision === true) return whenTrue(scope)
      if (decision === false) return whenFalse(scope)
      return decision instanceof CelError ? decision : NO_OVERLOAD
    }
  }

  #map(entries: readonly (readonly [Expression, Expression])[], declared: Declarations): Evaluate {
    const parts = entries.flatMap(([key, value]) => [
      this.compile(key, declared),
      this.compile(value, declared),
    ])
    return strict(parts, values => {
      const map = new Map<CelKey, CelValue>()
      for (let i = 0; i < values.length; i += 2) {
        const key = keyOf(values[i])
        if (key === undefined) return new CelError('unsupported key type')
        if (map.has(key)) return new CelError(`Failed with repeated key: ${String(key)}`)
        map.set(key, values[i + 1])
      }
      return new CelMap(map)
    })
  }

  #call(call: Extract<Expression, { kind: 'call' }>, declared: Declarations): Evaluate {
    const { name, target, arguments: args } = call
    if (name === 'has' && target === undefined && args.length === 1) return this.#has(args[0], declared)
    if (name === 'bind' && target?.kind === 'name' && target.name === 'cel' && args.length === 3) {
      return this.#bind(args, declared)
    }
    if (target !== undefined && args[0]?.kind === 'name' && args.length > 1 && MACROS.includes(name)) {
      return this.#comprehension(name, target, args[0].name, args.slice(1), declared)
    }
    const apply = FUNCTIONS.get(name)
    if (apply === undefined) return this.#fail(`undeclared reference to '${name}' (in container '')`)
    const parts = (target === undefined ? args : [target, ...args]).map(part => this.compile(part, declared))
    return strict(parts, values => apply(values) ?? noOverload(name, values))
  }

  #has(argument: Expression, declared: Declarations): Evaluate {
    if (argument.kind !== 'select') return this.#fail('invalid argument to has() macro')
    const { field } = argument
    return strict([this.compile(argument.operand, declared)], ([container]) => {
      if (!(container instanceof CelMap)) return NO_OVERLOAD
      return container.entries.has(field) || container.fallback !== undefined
    })
  }

  #bind([variable, initial, body]: readonly Expression[], declared: Declarations): Evaluate {
    if (variable.kind !== 'name') return this.#fail('cel.bind() variable names must be simple identifiers')
    const value = this.compile(initial, declared)
    const inner = this.compile(body, new Map([...declared, [variable.name, undefined]]))
    return scope => inner({ name: variable.name, value: value(scope), outer: scope })
  }

  #comprehension(
    macro: string,
    range: Expression,
    variable: string,
    bodies: readonly Expression[],
    declared: Declarations,
  ): Evaluate {
    const items = this.compile(range, declared)
    const inside = new Map([...declared, [variable, undefined]] as const)
    const [first, second] = bodies.map(body => this.compile(body, inside))
    const unfold = MACRO_MEANINGS[macro](first, second)
    return scope => {
      const values = elementsOf(items(scope))
      if (values instanceof CelError) return values
      return unfold(values.map(value => ({ name: variable, value, outer: scope })))
    }
  }
}

function not(value: CelValue): CelValue {
  return typeof value === 'boolean' ? !value : NO_OVERLOAD
}

/** A function of several values; the first error among them is the answer. */
function strict(parts: readonly Evaluate[], apply: (values: readonly CelValue[]) => CelValue): Evaluate {
  return scope => {
    const values: CelValue[] = []
    for (const part of parts) {
      const value = part(scope)
      if (value instanceof CelError) return value
      values.push(value)
    }
    return apply(values)
  }
}

/** What a macro goes through: the items of a list or the keys of a map. */
function elementsOf(value: CelValue): readonly CelValue[] | CelError {
  if (isList(value)) return value
  if (value instanceof CelMap) return [...value.entries.keys()]
  return value instanceof CelError ? value : new CelError(`got '${typeName(value)}', expected iterable type`)
}

type Unfold = (scopes: readonly Scope[]) => CelValue

const MACRO_MEANINGS: Readonly<Record<string, (body: Evaluate, second: Evaluate | undefined) => Unfold>> = {
  all: body => scopes => decideEarly(scopes, body, false),
  exists: body => scopes => decideEarly(scopes, body, true),
  exists_one: exactlyOne,
  existsOne: exactlyOne,
  filter: body => scopes => collect(scopes, body, ({ value }) => value),
  map: (body, second) => scopes =>
    second === undefined ? collect(scopes, () => true, body) : collect(scopes, body, second),
}

function decideEarly(scopes: readonly Scope[], body: Evaluate, decisive: boolean): CelValue {
  let result: CelValue = !decisive
  for (const scope of scopes) {
    const answer = body(scope)
    if (answer === decisive) return decisive
    if (answer instanceof CelError) result = answer
    else if (typeof answer !== 'boolean') result = NO_OVERLOAD
  }
  return result
}

function exactlyOne(body: Evaluate): Unfold {
  return scopes => {
    let count = 0
    for (const scope of scopes) {
      const answer = body(scope)
      if (answer instanceof CelError) return answer
      if (answer === true) count++
    }
    return count === 1
  }
}

function collect(scopes: readonly Scope[], condition: Evaluate, transform: Evaluate): CelValue {
  const items: CelValue[] = []
  for (const scope of scopes) {
    const isWanted = condition(scope)
    if (isWanted instanceof CelError) return isWanted
    if (isWanted !== true) continue
    const item = transform(scope)
    if (item instanceof CelError) return item
    items.push(item)
  }
  return items
}
