/**
 * The file beside a manifest that lets a replay name the first event that differs: for each run a line with its name
 * as JSON, a tab, and 16 bits of the rolling digest after every event, little-endian in base64.
 */
import type { RunResult } from '../engine/index.js'

export const TRAIL_FILE = 'digest-trail.txt'

export function trailText(results: readonly RunResult[]): string {
  return results
    .map(({ name, trail }) => {
      const bytes = Buffer.alloc(trail.length * 2)
      trail.forEach((mark, i) => bytes.writeUInt16LE(mark, i * 2))
      return `${JSON.stringify(name)}\t${bytes.toString('base64')}\n`
    })
    .join('')
}

/** The trail of one run in the text of the file; undefined when there is none. */
export function trailOf(text: string, run: string): Uint16Array | undefined {
  const start = `${JSON.stringify(run)}\t`
  const line = text.split('\n').find(candidate => candidate.startsWith(start))
  if (line === undefined) return undefined
  const bytes = Buffer.from(line.slice(start.length), 'base64')
  return Uint16Array.from({ length: bytes.length >> 1 }, (_, i) => bytes.readUInt16LE(i * 2))
}

/** Number of the first event in which two trails differ, counted from 0; undefined when they agree so far. */
export function firstDifference(left: Uint16Array, right: Uint16Array): number | undefined {
  const length = Math.min(left.length, right.length)
  for (let i = 0; i < length; i++) if (left[i] !== right[i]) return i
  return left.length === right.length ? undefined : length
}
