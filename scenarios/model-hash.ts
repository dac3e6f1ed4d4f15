import { createHash } from 'node:crypto'
import type { SimulationModel } from '../engine/index.js'

/**
 * A hash of everything a run depends on beside its seed: the model without its name, its description and the seed.
 * Keys count in code-unit order, columns of traces by their bytes.
 */
export function modelHash(model: SimulationModel): string {
  const { name: _name, about: _about, seed: _seed, ...rest } = model
  const text = JSON.stringify(rest, (_, value: unknown) => plain(value))
  return createHash('sha256').update(text).digest('hex')
}

function plain(value: unknown): unknown {
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value)
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value
  if (ArrayBuffer.isView(value)) {
    const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength)
    return { length: value.byteLength, sha256: createHash('sha256').update(bytes).digest('hex') }
  }
  if (value instanceof Map) return { map: [...value] }
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries)
}
