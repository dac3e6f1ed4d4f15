/** An expression of the Common Expression Language as a tree. Macros are calls here. */
export type Expression =
  | { readonly kind: 'literal'; readonly value: boolean | bigint | number | string | null | UnsignedLiteral }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'select'; readonly operand: Expression; readonly field: string }
  | { readonly kind: 'index'; readonly operand: Expression; readonly index: Expression }
  | {
      readonly kind: 'call'
      readonly name: string
      readonly target: Expression | undefined
      readonly arguments: readonly Expression[]
    }
  | { readonly kind: 'unary'; readonly operator: '!' | '-'; readonly operand: Expression }
  | {
      readonly kind: 'binary'
      readonly operator: BinaryOperator
      readonly left: Expression
      readonly right: Expression
    }
  | {
      readonly kind: 'conditional'
      readonly condition: Expression
      readonly yes: Expression
      readonly no: Expression
    }
  | { readonly kind: 'list'; readonly items: readonly Expression[] }
  | { readonly kind: 'map'; readonly entries: readonly (readonly [Expression, Expression])[] }

/** `7u`. */
export interface UnsignedLiteral {
  readonly unsigned: bigint
}

/** From the weakest to the strongest: what stands in one row binds alike. */
export const BINARY_OPERATORS = [
  ['||'],
  ['&&'],
  ['<', '<=', '>=', '>', '==', '!=', 'in'],
  ['+', '-'],
  ['*', '/', '%'],
] as const
export type BinaryOperator = (typeof BINARY_OPERATORS)[number][number]
