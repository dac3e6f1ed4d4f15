import { z } from 'zod'
import { duration, namespace, plainText, section } from '../schema/fields.js'
import { selectorFault } from '../selector-fault.js'
import { defineOperation } from './operation.js'

/** Readiness that is forced on pods. */
export const podReady = defineOperation({
  op: 'podReady',
  schema: section({
    op: z.literal('podReady'),
    at: duration().describe('When.'),
    namespace: namespace().default('default').describe('Namespace of the pods.'),
    selector: plainText().describe('A label selector such as `app=web`.'),
    ready: z.boolean().optional().describe('What they are from now on; absent: what they are by themselves.'),
  }).describe('Forces the readiness of the pods that are there, or gives it back to them.'),
  translate({ at, namespace: where, selector, ready }, path, assembly) {
    const fault = selectorFault(selector)
    if (fault !== undefined) assembly.fault([...path, 'selector'], fault)
    const forced = ready === undefined ? {} : { ready }
    assembly.operate({ op: 'pod-ready', at, namespace: where, selector, ...forced })
  },
})
