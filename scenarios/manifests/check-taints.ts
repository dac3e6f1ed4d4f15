import { qualifiedNameErrors, type Taint, TaintEffect } from '../../engine/index.js'
import { describeValue, listAlternatives } from '../describe-value.js'
import type { Fault } from '../issue.js'
import type { Path } from '../path.js'

/** What the API server refuses in taints. */
export function taintFaults(taints: readonly Taint[], path: Path): Fault[] {
  const faults: Fault[] = []
  for (const [i, { key, effect }] of taints.entries()) {
    const errors = qualifiedNameErrors(key)
    if (errors.length > 0) faults.push({ path: [...path, i, 'key'], message: errors.join('; ') })
    const effects: readonly string[] = Object.values(TaintEffect)
    if (!effects.includes(effect)) {
      const message = `expected ${listAlternatives(effects)}, got ${describeValue(effect)}`
      faults.push({ path: [...path, i, 'effect'], message })
    }
  }
  return faults
}
