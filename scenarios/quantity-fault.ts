import { amountOf, quantityFromJson } from '../engine/index.js'
import { describeValue } from './describe-value.js'

const SPELLINGS: readonly (readonly [RegExp, string])[] = [
  [/^[kmgtpe]i?b$/i, ''],
  [/^(?:cores?|cpus?|vcpus?)$/i, 'cores'],
]

/** Why a value of a file is no amount of a resource ('' for any), or undefined when it is one. */
export function quantityFault(resource: string, value: unknown): string | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') {
    return `expected a quantity such as ${exampleOf(resource)}, got ${describeValue(value)}`
  }
  const read = quantityFromJson(value)
  if ('error' in read) {
    return `${describeValue(value)} is no quantity; ${hintOf(resource, String(value))}`
  }
  if (read.unscaled < 0n) return `a quantity cannot be negative, got ${describeValue(value)}`
  if (amountOf(resource, textOf(value)) === undefined) {
    return `${describeValue(value)} is too large; amounts end at 2^53`
  }
  if (isCounted(resource) && read.scale < 0 && read.unscaled % 10n ** BigInt(-read.scale) !== 0n) {
    return `"${resource}" comes in whole numbers, got ${describeValue(value)}`
  }
  return undefined
}

/** A quantity of a file as text, the way the engine reads it. */
export function textOf(value: string | number): string {
  return String(value).trim()
}

/** Devices and pods cannot be divided; cpu and bytes can be written with a fraction. */
function isCounted(resource: string): boolean {
  return resource === 'pods' || (resource.includes('/') && !resource.startsWith('requests.'))
}

function exampleOf(resource: string): string {
  if (resource === 'cpu') return '500m or 4'
  return resource === 'pods' || resource.includes('/') ? '8' : '16Gi'
}

function hintOf(resource: string, text: string): string {
  const parts = /^\s*([0-9.]+)\s*([A-Za-z]+)\s*$/.exec(text)
  if (parts !== null) {
    const [, amount, unit] = parts
    for (const [spelling, word] of SPELLINGS) {
      if (!spelling.test(unit)) continue
      if (word === 'cores') return `write ${amount}`
      const prefix = unit.charAt(0).toUpperCase()
      return `did you mean ${amount}${prefix}i or ${amount}${prefix === 'K' ? 'k' : prefix}?`
    }
    const suffix = ['k', 'M', 'G', 'T', 'Ki', 'Mi', 'Gi', 'Ti', 'm'].find(
      known => known.toLowerCase() === unit.toLowerCase(),
    )
    if (suffix !== undefined) return `did you mean ${amount}${suffix}?`
  }
  return `write for example ${exampleOf(resource)}`
}
