/** What a timeline can do; a new operation is a file of its own and a line in each of the two lists here. */
import { z } from 'zod'
import { apply } from './apply.js'
import { condition } from './condition.js'
import { cordon } from './cordon.js'
import { createNodes } from './create-nodes.js'
import { createPods } from './create-pods.js'
import { deleteObjects } from './delete.js'
import { drain } from './drain.js'
import { evict } from './evict.js'
import { load } from './load.js'
import { patch } from './patch.js'
import { podReady } from './pod-ready.js'
import { provisioner } from './provisioner.js'
import { reboot } from './reboot.js'
import { reclaimNodes, terminateNodes } from './reclaim-nodes.js'
import { pauseRollout, restartRollout, resumeRollout, undoRollout } from './rollout.js'
import { scale } from './scale.js'
import { setImage } from './set-image.js'
import { killNode, reviveNode } from './silence.js'
import { suspend } from './suspend.js'
import { taint } from './taint.js'
import { triggerCronJob } from './trigger-cron-job.js'
import { uncordon } from './uncordon.js'
import { upgradeNodes } from './upgrade-nodes.js'

export const OPERATIONS = [
  createNodes,
  createPods,
  apply,
  patch,
  deleteObjects,
  scale,
  setImage,
  pauseRollout,
  resumeRollout,
  restartRollout,
  undoRollout,
  suspend,
  triggerCronJob,
  cordon,
  uncordon,
  drain,
  reboot,
  upgradeNodes,
  reclaimNodes,
  terminateNodes,
  evict,
  taint,
  condition,
  killNode,
  reviveNode,
  podReady,
  load,
  provisioner,
] as const

/** One entry of a timeline. */
export const operationSchema = z.discriminatedUnion('op', [
  createNodes.schema,
  createPods.schema,
  apply.schema,
  patch.schema,
  deleteObjects.schema,
  scale.schema,
  setImage.schema,
  pauseRollout.schema,
  resumeRollout.schema,
  restartRollout.schema,
  undoRollout.schema,
  suspend.schema,
  triggerCronJob.schema,
  cordon.schema,
  uncordon.schema,
  drain.schema,
  reboot.schema,
  upgradeNodes.schema,
  reclaimNodes.schema,
  terminateNodes.schema,
  evict.schema,
  taint.schema,
  condition.schema,
  killNode.schema,
  reviveNode.schema,
  podReady.schema,
  load.schema,
  provisioner.schema,
])
