/**
 * The short hash in the names of ReplicaSets and in `pod-template-hash`: decimal digits of a 32-bit FNV-1a hash
 * spelled in an alphabet without vowels and look-alikes, so that no name spells a word.
 * Upstream: pkg/controller/controller_utils.go ComputeHash, apimachinery util/rand SafeEncodeString (1.36).
 * Simplified: upstream hashes Go's printed form of the template, which exists only in Go; here it is the canonical
 * JSON, so equal templates have equal names, but not the names a real cluster gives them.
 */
import { canonicalJson } from './pod-template.js'

/** Letters and digits of generated names. */
export const SAFE_ALPHABET = 'bcdfghjklmnpqrstvwxz2456789'

/** `collisionCount` gives a second name to a template whose first one another template has taken. */
export function templateHash(template: unknown, collisionCount?: number): string {
  let text = canonicalJson(template)
  if (collisionCount !== undefined) text += `#${collisionCount}`
  return safeEncode(String(fnv32a(text)))
}

function safeEncode(text: string): string {
  let encoded = ''
  for (let i = 0; i < text.length; i++) encoded += SAFE_ALPHABET[text.charCodeAt(i) % SAFE_ALPHABET.length]
  return encoded
}

function fnv32a(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) {
    hash ^= text.charCodeAt(i)
    hash = Math.imul(hash, 0x01000193)
  }
  return hash >>> 0
}
