import { z } from 'zod'
import { cpu, duration, plainText, section } from '../schema/fields.js'
import { defineOperation } from './operation.js'

/** CPU in use, for autoscalers to see. */
export const load = defineOperation({
  op: 'load',
  schema: section({
    op: z.literal('load'),
    at: duration().describe('When.'),
    app: plainText().describe('Value of the label `app` of the pods.'),
    total: cpu().optional().describe('CPU divided evenly over the running pods, such as `1500m`.'),
    perPod: cpu().optional().describe('Instead of a total: CPU of each pod.'),
    maxPerPod: cpu().optional().describe('No pod uses more of a total than this.'),
  }).describe('Sets the CPU that pods of an app are measured to use, until it is set again.'),
  translate({ at, app, total, perPod, maxPerPod }, path, assembly) {
    if ((total === undefined) === (perPod === undefined)) {
      assembly.fault(path, 'give either "total" or "perPod"')
    }
    assembly.operate({
      op: 'load',
      at,
      app,
      ...(total === undefined ? {} : { totalMilliCPU: total }),
      ...(perPod === undefined ? {} : { perPodMilliCPU: perPod }),
      ...(maxPerPod === undefined ? {} : { maxMilliCPU: maxPerPod }),
    })
  },
})
