import { z } from 'zod'
import type { Assembly } from '../assembly.js'
import { isNamespaced } from '../manifests/check-object.js'
import type { Path } from '../path.js'
import { namespace, objectName } from '../schema/fields.js'

/** Fields that name one object of a kind; the first kind is the default. */
export function targetFields<const Kinds extends readonly [string, ...string[]]>(kinds: Kinds) {
  return {
    kind: z
      .enum(kinds)
      .default(kinds[0] as Kinds[number])
      .describe('Its kind.'),
    name: objectName().describe('Its name.'),
    namespace: namespace().default('default').describe('Its namespace.'),
  }
}

/** The object of the model, which somebody has to make before. */
export function targetOf(
  { kind, name, namespace: where }: Readonly<Record<'kind' | 'name' | 'namespace', string>>,
  path: Path,
  assembly: Assembly,
): { readonly kind: string; readonly namespace: string; readonly name: string } {
  assembly.requireObject(kind, where, name, [...path, 'name'])
  return { kind, namespace: isNamespaced(kind) ? where : '', name }
}
