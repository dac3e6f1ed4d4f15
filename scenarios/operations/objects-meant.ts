import type { Assembly } from '../assembly.js'
import type { Path } from '../path.js'
import { selectorFault } from '../selector-fault.js'

interface Meant {
  readonly names?: readonly string[] | undefined
  readonly selector?: string | undefined
}

/** Objects are meant by name or by selector, not by both; what is wrong with either is a fault. */
export function checkMeant(
  { names, selector }: Meant,
  kind: string,
  where: string,
  path: Path,
  assembly: Assembly,
) {
  if ((names === undefined) === (selector === undefined)) {
    assembly.fault(path, 'give either "names" or "selector"')
    return
  }
  for (const [i, name] of (names ?? []).entries())
    assembly.requireObject(kind, where, name, [...path, 'names', i])
  const fault = selector === undefined ? undefined : selectorFault(selector)
  if (fault !== undefined) assembly.fault([...path, 'selector'], fault)
}
