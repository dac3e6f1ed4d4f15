import { SECOND, type SimTime } from '../../engine/index.js'
import { describeValue } from '../describe-value.js'
import type { Issue } from '../issue.js'

/** Splits a line that has quotes in it. */
export type SplitQuoted = (line: string) => readonly string[]

/** The columns that are read: given by name, or chosen from those of the file. */
export type ColumnChoice = readonly string[] | ((names: readonly string[]) => readonly string[])

/** Beyond this many seconds microseconds are no longer exact. */
const MAX_SECONDS = Number.MAX_SAFE_INTEGER / SECOND

/** The row at hand of a CSV file: its fields by the index of the column asked for. One object serves all rows. */
export class CsvRow {
  readonly file: string
  line = 0
  splitQuoted: SplitQuoted | undefined
  readonly #choice: ColumnChoice
  #columns: readonly string[] = []
  #issues: Issue[]
  /** Where the columns asked for are in the file. */
  #positions: readonly number[] = []
  #width = 0
  #fields: readonly string[] = []
  #text = ''

  constructor(file: string, columns: ColumnChoice, issues: Issue[]) {
    this.file = file
    this.#choice = columns
    this.#issues = issues
  }

  /** Takes the line that names the columns. */
  header(text: string): readonly string[] {
    this.line++
    this.#text = text
    const names = this.#split(withoutMarks(text)).map(name => name.trim())
    this.#width = names.length
    this.#columns = typeof this.#choice === 'function' ? this.#choice(names) : this.#choice
    this.#positions = this.#columns.map(column => names.indexOf(column))
    return names
  }

  /** Takes the next line; false when it holds no row that can be read. */
  load(text: string): boolean {
    this.line++
    if (text === '' || text === '\r') return false
    this.#text = text.endsWith('\r') ? text.slice(0, -1) : text
    try {
      this.#fields = this.#split(this.#text)
    } catch {
      this.fault(-1, 'the quotes do not match')
      return false
    }
    if (this.#fields.length === this.#width) return true
    this.fault(-1, `expected ${this.#width} fields as in the first line, got ${this.#fields.length}`)
    return false
  }

  #split(text: string): readonly string[] {
    return this.splitQuoted !== undefined && text.includes('"') ? this.splitQuoted(text) : text.split(',')
  }

  /** The columns asked for. */
  get columns(): readonly string[] {
    return this.#columns
  }

  /** Empty, too, when the file has no such column and can do without it. */
  text(column: number): string {
    return this.#fields[this.#positions[column]] ?? ''
  }

  /** A whole number from 0 on; NaN with an issue when it is none. */
  count(column: number): number {
    const text = this.text(column)
    const value = digitsOf(text)
    if (value >= 0) return value
    return this.#refuse(column, `expected a whole number, got ${this.#shown(text)}`)
  }

  /** A time in seconds as microseconds; NaN with an issue when it is none. */
  seconds(column: number): SimTime {
    const text = this.text(column)
    const whole = digitsOf(text)
    const seconds = whole >= 0 || !/^\d+\.\d*$|^\d*\.\d+$/.test(text) ? whole : Number(text)
    if (seconds > MAX_SECONDS) return this.#refuse(column, `${text} s is longer than 285 years`)
    if (seconds >= 0) return Math.round(seconds * SECOND)
    const isNegative = /^-[\d.]+$/.test(text)
    return this.#refuse(
      column,
      isNegative ? `cannot be negative, got ${text}` : `expected seconds, got ${this.#shown(text)}`,
    )
  }

  #refuse(column: number, message: string): number {
    this.fault(column, message)
    return Number.NaN
  }

  #shown(text: string): string {
    return text === '' ? 'nothing' : describeValue(text)
  }

  /** Adds an issue about a column of this row, or about the row as a whole (-1). */
  fault(column: number, message: string): void {
    this.#issues.push({
      file: this.file,
      line: Math.max(this.line, 1),
      column: column < 0 ? 1 : startOf(this.#text, this.#positions[column]),
      path: column < 0 ? '' : this.#columns[column],
      message,
    })
  }
}

/** Byte order mark and carriage return. */
function withoutMarks(text: string): string {
  const end = text.endsWith('\r') ? text.length - 1 : text.length
  return text.slice(text.charCodeAt(0) === 0xfeff ? 1 : 0, end)
}

/** The number that a text of digits stands for; NaN for any other text or one too large to be exact. */
function digitsOf(text: string): number {
  if (text.length === 0 || text.length > 15) return Number.NaN
  let value = 0
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 48
    if (digit < 0 || digit > 9) return Number.NaN
    value = value * 10 + digit
  }
  return value
}

/** The column, counted from 1, in which the field of that number starts. */
function startOf(line: string, field: number): number {
  let commas = 0
  let isQuoted = false
  for (let i = 0; i < line.length; i++) {
    if (commas === field) return i + 1
    if (line[i] === '"') isQuoted = !isQuoted
    else if (line[i] === ',' && !isQuoted) commas++
  }
  return line.length + 1
}
