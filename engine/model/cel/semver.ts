/**
 * Semantic versions, strict: three numbers without leading zeros, then pre-release and build.
 * Upstream: semver 2.0.0 as github.com/blang/semver/v4 reads it for k8s.io/apiserver/pkg/cel/semver.go
 * (1.36).
 * Simplified: nothing known.
 */
export class Semver {
  readonly major: bigint
  readonly minor: bigint
  readonly patch: bigint
  readonly #preRelease: readonly string[]

  constructor(numbers: readonly [bigint, bigint, bigint], preRelease: readonly string[]) {
    ;[this.major, this.minor, this.patch] = numbers
    this.#preRelease = preRelease
  }

  /** -1, 0 or 1 by precedence; builds do not count. */
  compare(other: Semver): -1 | 0 | 1 {
    if (this.major !== other.major) return this.major < other.major ? -1 : 1
    if (this.minor !== other.minor) return this.minor < other.minor ? -1 : 1
    if (this.patch !== other.patch) return this.patch < other.patch ? -1 : 1
    return comparePreReleases(this.#preRelease, other.#preRelease)
  }
}

const NUMBER = '(0|[1-9][0-9]*)'
const IDENTIFIERS = '([0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*)'
const STRICT = new RegExp(`^${NUMBER}\\.${NUMBER}\\.${NUMBER}(?:-${IDENTIFIERS})?(?:\\+${IDENTIFIERS})?$`)

/** Undefined when the text is no semantic version. */
export function parseSemver(text: string): Semver | undefined {
  const parts = STRICT.exec(text)
  if (parts === null) return undefined
  const preRelease = parts[4]?.split('.') ?? []
  if (preRelease.some(part => /^0[0-9]+$/.test(part))) return undefined
  return new Semver([BigInt(parts[1]), BigInt(parts[2]), BigInt(parts[3])], preRelease)
}

/** {@link parseSemver} that forgives a leading v, leading zeros and missing numbers. */
export function parseSemverLeniently(text: string): Semver | undefined {
  const [, numbers = '', rest = ''] = /^v?([0-9.]*)(.*)$/s.exec(text.trim()) ?? []
  const parts = numbers.split('.').map(part => part.replace(/^0+(?=[0-9])/, ''))
  while (parts.length < 3) parts.push('0')
  return parseSemver(parts.join('.') + rest)
}

function comparePreReleases(a: readonly string[], b: readonly string[]): -1 | 0 | 1 {
  if (a.length === 0 || b.length === 0) {
    if (a.length === b.length) return 0
    return a.length === 0 ? 1 : -1
  }
  for (let i = 0; i < a.length && i < b.length; i++) {
    if (a[i] === b[i]) continue
    const isNumber = /^[0-9]+$/.test(a[i])
    if (isNumber !== /^[0-9]+$/.test(b[i])) return isNumber ? -1 : 1
    if (isNumber) return BigInt(a[i]) < BigInt(b[i]) ? -1 : 1
    return a[i] < b[i] ? -1 : 1
  }
  if (a.length === b.length) return 0
  return a.length < b.length ? -1 : 1
}
