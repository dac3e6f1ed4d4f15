/**
 * Tables of results: columns with a fixed order and units in their names, filled row by row without objects and
 * handed on in chunks of typed arrays. A table with a sink gives every full chunk away and reuses it, so a run of any
 * length records with flat memory; without a sink it keeps its chunks to be read afterwards.
 */
import { invariant } from '../kernel/invariant.js'

/**
 * What a column holds: `time` virtual microseconds, NEVER when it did not happen (written as seconds); `integer` and
 * `number`, NaN when unknown; `flag` 0 or 1; `text` a text that comes again and again, kept once; `name` a text that
 * is mostly different in each row.
 */
export type ColumnType = 'time' | 'integer' | 'number' | 'flag' | 'text' | 'name'

export interface ColumnDefinition<Name extends string = string> {
  readonly name: Name
  readonly type: ColumnType
  /** One sentence for the documentation of the file. */
  readonly about: string
}

/** The schema of one record. */
export interface RecordDefinition<Name extends string = string> {
  readonly name: string
  readonly about: string
  readonly columns: readonly ColumnDefinition<Name>[]
}

/** Takes the rows of one table. The chunk is reused: read it before returning. */
export interface RecordSink {
  chunk(chunk: RecordChunk): void
}

/** Rows in one chunk. */
export const CHUNK_ROWS = 4096

/** Checks a schema: names are unique, lower case, and a time says `_s`. */
export function defineRecord<const Name extends string>(
  definition: RecordDefinition<Name>,
): RecordDefinition<Name> {
  const seen = new Set<string>()
  for (const { name, type } of definition.columns) {
    invariant(!seen.has(name), `record ${definition.name} has two columns ${name}`)
    invariant(/^[a-z][A-Za-z0-9_]*$/.test(name), `${name} is no column name`)
    invariant(type !== 'time' || name.endsWith('_s'), `time column ${name} ends with its unit, _s`)
    seen.add(name)
  }
  return definition
}

/** Positions of the columns by name, for the setters. */
export type ColumnIndex<Name extends string = string> = Readonly<Record<Name, number>>

export function columnIndex<Name extends string>(definition: RecordDefinition<Name>): ColumnIndex<Name> {
  const positions = definition.columns.map(({ name }, column): [Name, number] => [name, column])
  return Object.fromEntries(positions) as ColumnIndex<Name>
}

/** Up to {@link CHUNK_ROWS} rows of one table, column by column. */
export class RecordChunk {
  readonly definition: RecordDefinition
  rows = 0
  /** Per column: numbers, or codes into `texts`; empty for a `name` column. */
  readonly numbers: Float64Array[]
  /** Per column: the texts of a `name` column; empty else. */
  readonly names: string[][]
  /** What the codes of `text` columns stand for; shared by all chunks of the table. */
  readonly texts: readonly string[]

  constructor(definition: RecordDefinition, texts: readonly string[]) {
    this.definition = definition
    this.texts = texts
    this.numbers = definition.columns.map(({ type }) => new Float64Array(type === 'name' ? 0 : CHUNK_ROWS))
    this.names = definition.columns.map(() => [])
  }

  /** The text in a `text` or `name` column. */
  text(column: number, row: number): string {
    if (this.definition.columns[column].type === 'name') return this.names[column][row]
    return this.texts[this.numbers[column][row]]
  }
}

/** One table being filled: `add()` opens a row, the setters fill it, a column not set is empty. */
export class RecordTable<Name extends string = string> {
  readonly definition: RecordDefinition<Name>
  readonly #sink: RecordSink | undefined
  readonly #texts: string[] = ['']
  readonly #codes = new Map<string, number>([['', 0]])
  readonly #blank: readonly number[]
  readonly #kept: RecordChunk[] = []
  #chunk: RecordChunk
  #row = -1
  #rows = 0
  #closed = false

  constructor(definition: RecordDefinition<Name>, sink?: RecordSink) {
    this.definition = definition
    this.#sink = sink
    this.#chunk = new RecordChunk(definition, this.#texts)
    this.#blank = definition.columns.map(({ type }) => BLANK[type])
  }

  /** Rows added so far, those given away included. */
  get rows(): number {
    return this.#rows
  }

  /** The chunks kept, when the table has no sink. */
  get chunks(): readonly RecordChunk[] {
    return this.#chunk.rows > 0 && this.#sink === undefined ? [...this.#kept, this.#chunk] : this.#kept
  }

  /** Opens a row; the setters then write to it. */
  add(): void {
    invariant(!this.#closed, 'a closed record takes no rows')
    if (this.#chunk.rows === CHUNK_ROWS) this.#handOn()
    const chunk = this.#chunk
    const row = chunk.rows++
    this.#row = row
    this.#rows++
    const { numbers, names } = chunk
    const blank = this.#blank
    for (let column = 0; column < blank.length; column++) {
      if (numbers[column].length === 0) names[column][row] = ''
      else numbers[column][row] = blank[column]
    }
  }

  /** Sets a time, integer, number or flag of the open row. */
  set(column: number, value: number): void {
    this.#chunk.numbers[column][this.#row] = value
  }

  /** Sets a text or name of the open row. */
  setText(column: number, text: string): void {
    const numbers = this.#chunk.numbers[column]
    if (numbers.length === 0) {
      this.#chunk.names[column][this.#row] = text
      return
    }
    let code = this.#codes.get(text)
    if (code === undefined) {
      code = this.#texts.length
      this.#texts.push(text)
      this.#codes.set(text, code)
    }
    numbers[this.#row] = code
  }

  /** Hands the last rows on; nothing can be added afterwards. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    if (this.#sink !== undefined && this.#chunk.rows > 0) this.#handOn()
  }

  #handOn(): void {
    if (this.#sink === undefined) {
      this.#kept.push(this.#chunk)
      this.#chunk = new RecordChunk(this.definition, this.#texts)
    } else {
      this.#sink.chunk(this.#chunk)
      this.#chunk.rows = 0
    }
  }
}

/** What a column holds until it is set: unknown, but a code of the empty text and a flag that is down. */
const BLANK: Readonly<Record<ColumnType, number>> = {
  time: Number.NaN,
  integer: Number.NaN,
  number: Number.NaN,
  flag: 0,
  text: 0,
  name: 0,
}
