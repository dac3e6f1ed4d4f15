import { invariant } from '../kernel/invariant.js'

/** The typed arrays a column may be kept in. */
export type ColumnArray =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float64Array

type ColumnType<A extends ColumnArray> = new (length: number) => A

/** Rows from which a table grows by an eighth instead of doubling, as empty rows would then cost megabytes. */
const LARGE = 32_768

/** A column a component keeps beside a table for its own use. `values` is replaced when the table grows. */
export interface AttachedColumn<A extends ColumnArray> {
  values: A
}

interface Column {
  grow(capacity: number): void
  bytesPerRow: number
}

/**
 * Rows of typed-array columns under stable ids. A released row is given out again, its columns reset.
 *
 * A column is a field of the subclass, named again for growth: `node = this.column('node', Int32Array, -1)`.
 * Growth replaces the field's array, so a caller loads `table.node` afresh in every function and never keeps it.
 */
export abstract class Table<Id extends number> {
  #capacity: number
  #columns: Column[] = []
  /** All columns of numbers, with what a free row holds in each: rows are freed too often for a call a column. */
  readonly #typed: ColumnArray[] = []
  readonly #initials: number[] = []
  readonly #valued: unknown[][] = []
  readonly #resets: ((row: number) => void)[] = []
  #matrices: ((width: number) => void)[] = []
  #free: Id[] = []
  /** One past the highest row ever used: the bound of a scan. */
  highWater = 0
  /** Rows in use. */
  size = 0

  /** @param capacity rows to make room for at first; 1 makes every allocation grow, which tests use. */
  constructor(capacity: number) {
    invariant(capacity >= 1, 'a table needs room for one row')
    this.#capacity = capacity
  }

  get capacity(): number {
    return this.#capacity
  }

  /** Bytes one row takes in all typed columns together. */
  get bytesPerRow(): number {
    let sum = 0
    for (const column of this.#columns) sum += column.bytesPerRow
    return sum
  }

  protected column<A extends ColumnArray>(
    field: keyof this & string,
    type: ColumnType<A>,
    initial: number,
  ): A {
    return this.#register(type, initial, grown => {
      Object.assign(this, { [field]: grown })
    })
  }

  #register<A extends ColumnArray>(type: ColumnType<A>, initial: number, keep: (grown: A) => void): A {
    let array = new type(this.#capacity)
    if (initial !== 0) array.fill(initial)
    const place = this.#typed.push(array) - 1
    this.#initials.push(initial)
    this.#columns.push({
      bytesPerRow: array.BYTES_PER_ELEMENT,
      grow: capacity => {
        const grown = new type(capacity)
        grown.set(array)
        if (initial !== 0) grown.fill(initial, array.length)
        array = grown
        this.#typed[place] = grown
        keep(grown)
      },
    })
    return array
  }

  /** Adds a column that belongs to one component, not to the object: reset and grown like all others. */
  attach<A extends ColumnArray>(type: ColumnType<A>, initial: number): AttachedColumn<A> {
    const attached: AttachedColumn<A> = { values: new type(0) }
    attached.values = this.#register(type, initial, grown => {
      attached.values = grown
    })
    return attached
  }

  /** A column of `width` numbers a row, at `row * table[widthField]`; {@link widen} gives every row more room. */
  protected matrix(field: keyof this & string, widthField: keyof this & string, width: number): Float64Array {
    let stride = width
    let rows = this.#capacity
    let array = new Float64Array(rows * stride)
    const relay = (newRows: number, newStride: number): void => {
      const grown = new Float64Array(newRows * newStride)
      for (let row = 0; row < rows; row++) {
        for (let i = 0; i < stride; i++) grown[row * newStride + i] = array[row * stride + i]
      }
      array = grown
      rows = newRows
      stride = newStride
      Object.assign(this, { [field]: grown, [widthField]: newStride })
    }
    this.#matrices.push(newStride => {
      if (newStride > stride) relay(rows, newStride)
    })
    this.#columns.push({
      bytesPerRow: 8 * width,
      grow: capacity => relay(capacity, stride),
    })
    this.#resets.push(row => {
      array.fill(0, row * stride, (row + 1) * stride)
    })
    return array
  }

  /** Gives every matrix at least `width` numbers a row. */
  widen(width: number): void {
    for (const relay of this.#matrices) relay(width)
  }

  /** A column of strings or objects. It grows by itself; `undefined` marks a free row. */
  protected values<T>(): (T | undefined)[] {
    const array: (T | undefined)[] = []
    this.#columns.push({ bytesPerRow: 8, grow: () => undefined })
    this.#valued.push(array)
    return array
  }

  protected allocate(): Id {
    this.size++
    const reused = this.#free.pop()
    if (reused !== undefined) return reused
    const row = this.highWater++
    if (row >= this.#capacity) {
      const factor = row < LARGE ? 2 : 1.125
      const grownCapacity = Math.max(row + 1, Math.ceil(this.#capacity * factor))
      for (const column of this.#columns) column.grow(grownCapacity)
      this.#capacity = grownCapacity
    }
    return row as Id
  }

  protected free(row: Id): void {
    this.size--
    const typed = this.#typed
    const initials = this.#initials
    for (let i = 0; i < typed.length; i++) typed[i][row] = initials[i]
    const valued = this.#valued
    // A column that few rows have a value in stays as short as it is.
    for (let i = 0; i < valued.length; i++) if (row < valued[i].length) valued[i][row] = undefined
    for (const reset of this.#resets) reset(row)
    this.#free.push(row)
  }
}
