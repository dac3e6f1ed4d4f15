import { z } from 'zod'
import { duration, plainText, section } from '../schema/fields.js'
import { defineOperation } from './operation.js'
import { targetFields, targetOf } from './target.js'

/** Other images, as `kubectl set image`: what most rollouts begin with. */
export const setImage = defineOperation({
  op: 'setImage',
  schema: section({
    op: z.literal('setImage'),
    at: duration().describe('When.'),
    ...targetFields([
      'Deployment',
      'ReplicaSet',
      'ReplicationController',
      'StatefulSet',
      'DaemonSet',
      'Job',
      'CronJob',
      'Pod',
    ]),
    images: z
      .record(z.string(), plainText())
      .describe('Images by name of the container; `"*"` stands for all of them.'),
  }).describe('Changes images of a pod template, which starts a rollout.'),
  translate(entry, path, assembly) {
    const { at, images } = entry
    assembly.operate({ op: 'set-image', at, ...targetOf(entry, path, assembly), images })
  },
})
