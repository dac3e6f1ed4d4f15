import { z } from 'zod'
import type { Fault } from '../issue.js'
import type { Path } from '../path.js'
import { duration, list, namespace, objectName, plainText, section } from '../schema/fields.js'
import { defineOperation } from './operation.js'
import { targetOf } from './target.js'

/** A patch of one object, as `kubectl patch` makes it. */
export const patch = defineOperation({
  op: 'patch',
  schema: section({
    op: z.literal('patch'),
    at: duration().describe('When.'),
    kind: plainText().describe('Kind of the object.'),
    name: objectName().describe('Its name.'),
    namespace: namespace().default('default').describe('Its namespace, if its kind lies in one.'),
    type: z
      .enum(['strategic', 'merge', 'json'])
      .default('strategic')
      .describe('Kind of the patch: lists are merged, replaced, or the patch is a list of steps.'),
    patch: z
      .union([z.record(z.string(), z.unknown()), list(z.record(z.string(), z.unknown()))])
      .describe('What changes; for `json` the steps of RFC 6902.'),
    subresource: z
      .enum(['resize'])
      .optional()
      .describe("`resize`: changes the resources of a pod's containers in place."),
  }).describe('Patches an object.'),
  translate(entry, path, assembly) {
    const { at, type, patch: change } = entry
    if ((type === 'json') !== Array.isArray(change)) {
      const expected = type === 'json' ? 'a list of steps' : 'a mapping'
      assembly.fault([...path, 'patch'], `a ${type} patch is ${expected}`)
      return
    }
    if (Array.isArray(change)) {
      const faults = change.flatMap((step, i) => stepFaults(step, [...path, 'patch', i]))
      for (const fault of faults) assembly.fault(fault.path, fault.message)
      if (faults.length > 0) return
    }
    const { subresource } = entry
    if (subresource !== undefined && entry.kind !== 'Pod')
      assembly.fault([...path, 'subresource'], 'only pods have this subresource')
    const target = targetOf(entry, path, assembly)
    const part = subresource === undefined ? {} : { subresource }
    assembly.patch({ op: 'patch', at, ...target, type, patch: change, ...part }, path)
  },
})

const STEPS = ['add', 'remove', 'replace', 'move', 'copy', 'test']

function stepFaults({ op, path, from }: Readonly<Record<string, unknown>>, at: Path): Fault[] {
  const faults: Fault[] = []
  if (!STEPS.includes(op as string))
    faults.push({ path: [...at, 'op'], message: `a step has an "op" of ${STEPS.join(', ')}` })
  if (!isPointer(path))
    faults.push({ path: [...at, 'path'], message: 'a step has a "path" such as /spec/replicas' })
  if ((op === 'move' || op === 'copy') && !isPointer(from))
    faults.push({ path: [...at, 'from'], message: 'this step has a "from" such as /spec/replicas' })
  return faults
}

function isPointer(value: unknown): boolean {
  return typeof value === 'string' && (value === '' || value.startsWith('/'))
}
