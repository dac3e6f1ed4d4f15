/**
 * The results of an experiment on disk: `plan.json` says what is run, `runs.ndjson` has a line for each run that is
 * over. A line is written and forced to disk before the run counts as done, so a killed process loses the runs it was
 * at and nothing else; half a line at the end is cut off when the store is opened again. When all runs are over, the
 * lines are put in the order of runs, so that the file is the same however many workers made it.
 */
import {
  closeSync,
  existsSync,
  fdatasyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { plannedRunAt } from './plan.js'
import type { RunRow } from './row.js'
import { PLAN_FILE, type PlanFile, readPlan } from './store-plan.js'

export const RUNS_FILE = 'runs.ndjson'
const LOCK_FILE = 'lock'

/** Why a store cannot be used; the message stands by itself. */
export class StoreRefusal extends Error {
  override readonly name = 'StoreRefusal'
}

export class RunStore {
  readonly directory: string
  readonly #rows: Map<number, RunRow>
  readonly #descriptor: number
  #plan: PlanFile

  /**
   * Opens or makes the store of a plan. Rows of the same plan are kept, unless `fresh`. Throws StoreRefusal when the
   * directory holds something else or another process is at it.
   */
  constructor(directory: string, plan: PlanFile, options: { readonly fresh?: boolean } = {}) {
    this.directory = directory
    this.#plan = plan
    requireOurs(directory)
    mkdirSync(directory, { recursive: true })
    takeLock(directory)
    try {
      const isThere = existsSync(join(directory, PLAN_FILE))
      if (options.fresh === true) rmSync(join(directory, RUNS_FILE), { force: true })
      else if (isThere) requireSamePlan(directory, plan)
      const { rows, bytes } = readRows(directory)
      if (bytes !== undefined) truncateSync(join(directory, RUNS_FILE), bytes)
      for (const row of rows) requireSameSeed(plan, row)
      this.#rows = new Map(rows.map(row => [row.run, row]))
      replaceFile(directory, PLAN_FILE, [`${JSON.stringify(plan, undefined, 1)}\n`])
      this.#descriptor = openSync(join(directory, RUNS_FILE), 'a')
    } catch (error) {
      releaseLock(directory)
      throw error
    }
  }

  get plan(): PlanFile {
    return this.#plan
  }

  /** Rows in the order of runs. */
  get rows(): readonly RunRow[] {
    return inOrder(this.#rows.values())
  }

  has(run: number): boolean {
    return this.#rows.has(run)
  }

  /** Adds a row and forces it to disk. A later row of the same run takes the place of the earlier one. */
  append(row: RunRow): void {
    writeAll(this.#descriptor, `${JSON.stringify(row)}\n`)
    fdatasyncSync(this.#descriptor)
    this.#rows.set(row.run, row)
  }

  /** Forgets the rows of runs that failed, so that they are made again. */
  forgetFailed(): void {
    for (const { run, status } of this.rows) if (status === 'failed') this.#rows.delete(run)
  }

  /** Puts the lines in order and writes down how many repetitions there are. */
  finish(repetitions: number): void {
    this.#plan = { ...this.#plan, repetitions }
    replaceFile(
      this.directory,
      RUNS_FILE,
      this.rows.map(row => `${JSON.stringify(row)}\n`),
    )
    replaceFile(this.directory, PLAN_FILE, [`${JSON.stringify(this.#plan, undefined, 1)}\n`])
  }

  close(): void {
    closeSync(this.#descriptor)
    releaseLock(this.directory)
  }
}

function inOrder(rows: Iterable<RunRow>): readonly RunRow[] {
  return [...rows].sort((a, b) => a.run - b.run)
}

/** The rows of a directory, and the length of its whole lines when a torn one follows. Throws StoreRefusal. */
export function readRows(directory: string): { readonly rows: readonly RunRow[]; readonly bytes?: number } {
  const path = join(directory, RUNS_FILE)
  if (!existsSync(path)) return { rows: [] }
  const data = readFileSync(path)
  const whole = data.lastIndexOf(0x0a) + 1
  const rows = new Map<number, RunRow>()
  for (let start = 0; start < whole; ) {
    const end = data.indexOf(0x0a, start)
    const row = rowOf(data.toString('utf8', start, end), path)
    rows.set(row.run, row)
    start = end + 1
  }
  return whole === data.length
    ? { rows: inOrder(rows.values()) }
    : { rows: inOrder(rows.values()), bytes: whole }
}

function rowOf(line: string, path: string): RunRow {
  try {
    return JSON.parse(line) as RunRow
  } catch {
    throw new StoreRefusal(`${path} is damaged: ${JSON.stringify(line.slice(0, 40))} begins no row`)
  }
}

/** Writes a file beside the old one, forces it to disk and puts it in the old one's place. */
function replaceFile(directory: string, name: string, lines: readonly string[]): void {
  const working = join(directory, `.${name}`)
  const descriptor = openSync(working, 'w')
  for (const line of lines) writeAll(descriptor, line)
  fdatasyncSync(descriptor)
  closeSync(descriptor)
  renameSync(working, join(directory, name))
}

function writeAll(descriptor: number, text: string): void {
  const bytes = Buffer.from(text)
  for (let sent = 0; sent < bytes.length; ) sent += writeSync(descriptor, bytes, sent)
}

function requireOurs(directory: string): void {
  if (!existsSync(directory)) return
  if (!statSync(directory).isDirectory()) throw new StoreRefusal(`${directory} is a file`)
  const known = readdirSync(directory)
  if (known.length === 0 || known.includes(PLAN_FILE) || known.includes(LOCK_FILE)) return
  throw new StoreRefusal(
    `${directory} is not empty and holds no experiment; name another directory with --out`,
  )
}

function requireSamePlan(directory: string, plan: PlanFile): void {
  const before = readPlan(directory)
  if (typeof before === 'string') throw new StoreRefusal(before)
  const way = 'give --fresh to start again, or another --out'
  if (before.identity !== plan.identity) {
    const why =
      before.kubelapse === plan.kubelapse ? 'of another experiment' : `of kubelapse ${before.kubelapse}`
    throw new StoreRefusal(`${directory} holds runs ${why}; ${way}`)
  }
  const [was, is] = [before.shard, plan.shard].map(shard =>
    shard ? `${shard.index}/${shard.of}` : 'all runs',
  )
  if (was !== is) throw new StoreRefusal(`${directory} holds ${was}, not ${is}; ${way}`)
}

function requireSameSeed({ experiment }: PlanFile, { run, seed }: RunRow): void {
  const planned = plannedRunAt(experiment, run)
  if (planned.seed === seed) return
  throw new StoreRefusal(
    `run ${run} was made with the seed ${seed}, and now it would be ${planned.seed}; give --fresh to start again`,
  )
}

/** Keeps a second process away from the directory; the lock of a process that is gone counts for nothing. */
function takeLock(directory: string): void {
  const path = join(directory, LOCK_FILE)
  if (existsSync(path)) {
    const pid = Number.parseInt(readFileSync(path, 'utf8'), 10)
    if (pid !== process.pid && isRunning(pid)) {
      throw new StoreRefusal(`${directory} is being written to by process ${pid}`)
    }
    rmSync(path, { force: true })
  }
  const descriptor = openSync(path, 'wx')
  writeAll(descriptor, `${process.pid}\n`)
  closeSync(descriptor)
}

function releaseLock(directory: string): void {
  rmSync(join(directory, LOCK_FILE), { force: true })
}

function isRunning(pid: number): boolean {
  try {
    return Number.isInteger(pid) && process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
