import { z } from 'zod'
import { duration, integer, section } from '../schema/fields.js'
import { defineOperation } from './operation.js'
import { targetFields, targetOf } from './target.js'

/** `kubectl rollout pause`. */
export const pauseRollout = defineOperation({
  op: 'pauseRollout',
  schema: section({
    op: z.literal('pauseRollout'),
    at: duration().describe('When.'),
    ...targetFields(['Deployment']),
  }).describe('Stops the rollout of a Deployment where it is.'),
  translate(entry, path, assembly) {
    assembly.operate({ op: 'pause-rollout', at: entry.at, ...targetOf(entry, path, assembly) })
  },
})

/** `kubectl rollout resume`. */
export const resumeRollout = defineOperation({
  op: 'resumeRollout',
  schema: section({
    op: z.literal('resumeRollout'),
    at: duration().describe('When.'),
    ...targetFields(['Deployment']),
  }).describe('Lets a paused rollout go on.'),
  translate(entry, path, assembly) {
    assembly.operate({ op: 'resume-rollout', at: entry.at, ...targetOf(entry, path, assembly) })
  },
})

/** `kubectl rollout restart`. */
export const restartRollout = defineOperation({
  op: 'restartRollout',
  schema: section({
    op: z.literal('restartRollout'),
    at: duration().describe('When.'),
    ...targetFields(['Deployment', 'StatefulSet', 'DaemonSet']),
  }).describe('Replaces all pods of a workload by the rules of its update strategy.'),
  translate(entry, path, assembly) {
    assembly.operate({ op: 'restart-rollout', at: entry.at, ...targetOf(entry, path, assembly) })
  },
})

/** `kubectl rollout undo`. */
export const undoRollout = defineOperation({
  op: 'undoRollout',
  schema: section({
    op: z.literal('undoRollout'),
    at: duration().describe('When.'),
    ...targetFields(['Deployment', 'StatefulSet', 'DaemonSet']),
    toRevision: integer(0, 1e9).default(0).describe('The revision to go back to; 0: the one before.'),
  }).describe('Goes back to an earlier revision of the pod template.'),
  translate(entry, path, assembly) {
    const { at, toRevision } = entry
    assembly.operate({ op: 'undo-rollout', at, ...targetOf(entry, path, assembly), toRevision })
  },
})
