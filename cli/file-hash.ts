import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { relative, resolve, sep } from 'node:path'
import type { HashedFile } from '../reports/index.js'

export function hashOfFile(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex')
}

/** A file as a manifest in `directory` names it: relative, with forward slashes. */
export function hashedFile(file: string, directory: string): HashedFile {
  const path = relative(resolve(directory), resolve(file)).split(sep).join('/')
  return { file: path, sha256: hashOfFile(file) }
}
