import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import type { Issue } from '../issue.js'
import { type ReadDocuments, readJson, readYaml } from './source-document.js'

/** Text beyond this is refused, packed or not: V8's strings end at 512 MiB. */
const MAX_BYTES = 400 * 1024 * 1024

/** A file that cannot be opened; whoever named it says so at the place of the name. */
export interface Unreadable {
  readonly unreadable: string
}

/** Reads the YAML or JSON documents of a file, which may be gzipped. */
export function readDocuments(file: string): ReadDocuments | Unreadable {
  const read = readText(file)
  if ('unreadable' in read) return read
  if ('fault' in read) return { documents: [], issues: [wholeFile(file, read.fault)] }
  const isJson = /\.json(?:\.gz)?$/.test(file)
  return isJson ? readJson(file, read.text) : readYaml(file, read.text)
}

export function wholeFile(file: string, message: string): Issue {
  return { file, line: 1, column: 1, path: '', message }
}

function readText(file: string): Unreadable | { readonly fault: string } | { readonly text: string } {
  let bytes: Buffer
  try {
    bytes = readFileSync(file)
  } catch (error) {
    return { unreadable: `cannot read ${file}: ${openFault(error)}` }
  }
  try {
    if (isGzip(bytes)) bytes = gunzipSync(bytes, { maxOutputLength: MAX_BYTES })
  } catch (error) {
    return { fault: gzipFault(error) }
  }
  if (bytes.length > MAX_BYTES) return { fault: 'larger than 400 MiB' }
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) }
  } catch {
    return { fault: 'no UTF-8 text' }
  }
}

export function isGzip(bytes: Buffer): boolean {
  return bytes.length > 2 && bytes[0] === 0x1f && bytes[1] === 0x8b
}

/** Why a file could not be opened, without the path that the message names anyway. */
export function openFault(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ENOENT') return 'there is no such file'
  if (code === 'EISDIR') return 'it is a folder'
  if (code === 'EACCES') return 'no permission'
  return error instanceof Error ? error.message : String(error)
}

/** What is wrong with gzipped data. */
export function gzipFault(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'Z_BUF_ERROR') return 'the gzip data end too early; the file was cut off'
  if (code === 'ERR_BUFFER_TOO_LARGE') return 'larger than 400 MiB when unpacked'
  return 'the gzip data are damaged'
}
