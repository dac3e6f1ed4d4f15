/**
 * Reads the rows of a CSV file as a stream, gzipped or not, without holding the text as a whole. Lines without quotes
 * are split by hand, three times as fast as the library; lines with quotes go to the library.
 */
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { StringDecoder } from 'node:string_decoder'
import { createGunzip } from 'node:zlib'
import { didYouMean } from '../../engine/index.js'
import type { Issue } from '../issue.js'
import { gzipFault, isGzip, openFault, type Unreadable, wholeFile } from '../manifests/read-file.js'
import { type ColumnChoice, CsvRow, type SplitQuoted } from './csv-row.js'

const CHUNK_BYTES = 1 << 20

/** Mistakes told of one file; the rest is counted. */
const MAX_ISSUES = 20

/** Another way of writing rows, told by its first line; it names no columns. */
export interface LineDialect {
  readonly header: string
  isIt(firstLine: string): boolean
  /** The line with commas between its fields; empty when it holds no row. */
  toCsv(line: string): string
}

/**
 * Calls `read` for each row. The first line names the columns; those asked for must be among them, in any order, but
 * for those that are optional: they are empty where the file has none of that name.
 */
export async function readCsv(
  file: string,
  columns: ColumnChoice,
  read: (row: CsvRow) => void,
  optional: readonly string[] = [],
  dialect?: LineDialect,
): Promise<readonly Issue[] | Unreadable> {
  let packed: boolean
  try {
    packed = await startsLikeGzip(file)
  } catch (error) {
    return { unreadable: `cannot read ${file}: ${openFault(error)}` }
  }
  const rows = new Rows(file, columns, optional, read, dialect)
  const source = createReadStream(file, { highWaterMark: CHUNK_BYTES })
  const consume = (chunks: AsyncIterable<Buffer>): Promise<void> => rows.consume(chunks)
  try {
    if (packed) await pipeline(source, createGunzip({ chunkSize: CHUNK_BYTES }), consume)
    else await pipeline(source as Readable, consume)
  } catch (error) {
    if (!isZlibError(error)) throw error
    return [wholeFile(file, gzipFault(error))]
  }
  return rows.finish()
}

async function startsLikeGzip(file: string): Promise<boolean> {
  const handle = await open(file)
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(3), 0, 3, 0)
    return isGzip(buffer.subarray(0, bytesRead))
  } finally {
    await handle.close()
  }
}

function isZlibError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('Z_')
}

class Rows {
  readonly #row: CsvRow
  readonly #read: (row: CsvRow) => void
  readonly #optional: readonly string[]
  readonly #issues: Issue[] = []
  #rest = ''
  #hasHeader = false
  #isOver = false
  #dialect: LineDialect | undefined

  constructor(
    file: string,
    columns: ColumnChoice,
    optional: readonly string[],
    read: (row: CsvRow) => void,
    dialect: LineDialect | undefined,
  ) {
    this.#row = new CsvRow(file, columns, this.#issues)
    this.#optional = optional
    this.#read = read
    this.#dialect = dialect
  }

  async consume(chunks: AsyncIterable<Buffer>): Promise<void> {
    const decoder = new StringDecoder('utf8')
    for await (const chunk of chunks) {
      const text = decoder.write(chunk)
      if (this.#row.splitQuoted === undefined && text.includes('"')) {
        this.#row.splitQuoted = await quotedSplitter()
      }
      this.#take(text)
    }
    this.#take(decoder.end())
  }

  #take(text: string): void {
    const whole = this.#rest + text
    let start = 0
    for (let end = whole.indexOf('\n'); end >= 0 && !this.#isOver; end = whole.indexOf('\n', start)) {
      this.#line(whole.slice(start, end))
      start = end + 1
    }
    this.#rest = whole.slice(start)
  }

  #line(text: string): void {
    const row = this.#row
    if (!this.#hasHeader) {
      this.#hasHeader = true
      if (this.#dialect?.isIt(text) !== true) {
        this.#dialect = undefined
        this.#isOver = !this.#readHeader(text)
        return
      }
      this.#isOver = !this.#readHeader(this.#dialect.header)
      row.line = 0
    }
    if (!this.#isOver && row.load(this.#dialect?.toCsv(text) ?? text)) this.#read(row)
  }

  #readHeader(text: string): boolean {
    const row = this.#row
    const names = row.header(text)
    const missing = row.columns.filter(column => !names.includes(column) && !this.#optional.includes(column))
    for (const column of missing) {
      const meant = didYouMean(column, names)
      const hint = meant === undefined ? '' : `; is "${meant}" meant to be it?`
      row.fault(-1, `there is no column "${column}"${hint}`)
    }
    return missing.length === 0
  }

  finish(): readonly Issue[] {
    if (this.#rest !== '' && !this.#isOver) this.#line(this.#rest)
    if (!this.#hasHeader) this.#row.fault(-1, 'the file is empty')
    if (this.#issues.length <= MAX_ISSUES) return this.#issues
    const told = this.#issues.slice(0, MAX_ISSUES)
    const next = this.#issues[MAX_ISSUES]
    const more = this.#issues.length - MAX_ISSUES
    return [...told, { ...next, path: '', message: `and ${more} more mistakes from here on` }]
  }
}

async function quotedSplitter(): Promise<SplitQuoted> {
  const { parse } = await import('csv-parse/sync')
  return line => {
    const [fields = []] = parse(line, { relax_column_count: true })
    return fields
  }
}
