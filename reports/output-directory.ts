/**
 * A result directory that is there whole or not at all: files are written to a temporary directory beside the target,
 * which takes the target's place at the end. An earlier output of ours is replaced; anything else is left alone.
 */
import { createHash, type Hash } from 'node:crypto'
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { MANIFEST_FILE, MANIFEST_FORMAT } from './manifest.js'
import type { Output, TextFile } from './output.js'

/** A file written, as the manifest lists it. */
export interface WrittenFile {
  readonly file: string
  readonly bytes: number
  readonly sha256: string
}

interface OpenFile {
  readonly descriptor: number
  readonly hash: Hash
  bytes: number
}

/** Why a directory must not be written to, or undefined when it may. */
export function refusalOf(target: string): string | undefined {
  if (!existsSync(target)) return undefined
  if (!statSync(target).isDirectory()) return `${target} is a file`
  if (readdirSync(target).length === 0 || isEarlierOutput(target)) return undefined
  return `${target} is not empty and holds no earlier output of kubelapse; name another directory with --out`
}

function isEarlierOutput(target: string): boolean {
  try {
    const manifest: unknown = JSON.parse(readFileSync(join(target, MANIFEST_FILE), 'utf8'))
    return manifest !== null && typeof manifest === 'object' && 'format' in manifest
      ? manifest.format === MANIFEST_FORMAT
      : false
  } catch {
    return false
  }
}

function workingName(target: string): string {
  return `.${target}.kubelapse-`
}

/** Takes away what processes left behind that were killed before they could. */
function removeAbandoned(parent: string, target: string): void {
  const start = workingName(target)
  for (const name of readdirSync(parent)) {
    if (!name.startsWith(start)) continue
    const pid = Number.parseInt(name.slice(start.length), 10)
    if (Number.isInteger(pid) && !isRunning(pid)) rmSync(join(parent, name), { recursive: true, force: true })
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

export class OutputDirectory implements Output {
  readonly target: string
  readonly #working: string
  readonly #open = new Map<string, OpenFile>()
  #done = false

  /** The caller has asked {@link refusalOf} before. */
  constructor(target: string) {
    this.target = resolve(target)
    const parent = dirname(this.target)
    mkdirSync(parent, { recursive: true })
    removeAbandoned(parent, basename(this.target))
    this.#working = mkdtempSync(join(parent, `${workingName(basename(this.target))}${process.pid}-`))
  }

  create(name: string): TextFile {
    const file: OpenFile = {
      descriptor: openSync(join(this.#working, name), 'wx'),
      hash: createHash('sha256'),
      bytes: 0,
    }
    this.#open.set(name, file)
    return {
      write: text => {
        const bytes = Buffer.from(text)
        for (let sent = 0; sent < bytes.length; ) sent += writeSync(file.descriptor, bytes, sent)
        file.hash.update(bytes)
        file.bytes += bytes.length
      },
    }
  }

  /** What has been written so far, in the order of creation. */
  written(): readonly WrittenFile[] {
    return [...this.#open].map(([file, { bytes, hash }]) => ({
      file,
      bytes,
      sha256: hash.copy().digest('hex'),
    }))
  }

  /** Puts the files in place of the target. */
  commit(): void {
    this.#close()
    if (existsSync(this.target)) rmSync(this.target, { recursive: true })
    renameSync(this.#working, this.target)
  }

  /** Takes everything away again; does nothing after a commit. */
  discard(): void {
    if (this.#done) return
    this.#close()
    rmSync(this.#working, { recursive: true, force: true })
  }

  #close(): void {
    this.#done = true
    for (const { descriptor } of this.#open.values()) closeSync(descriptor)
  }
}
