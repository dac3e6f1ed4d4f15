import type { OperationName } from '../model/operations.js'
import { apply } from './apply.js'
import { condition } from './condition.js'
import { cordon, uncordon } from './cordon.js'
import { createNodes } from './create-nodes.js'
import { createPods } from './create-pods.js'
import { deleteObjects } from './delete.js'
import { drain } from './drain.js'
import { evict } from './evict.js'
import { load } from './load.js'
import { upgradeNodes } from './node-upgrade/upgrade-nodes.js'
import type { OperationDefinition } from './operation.js'
import { patch } from './patch.js'
import { podReady } from './pod-ready.js'
import { provisioner } from './provisioner.js'
import { reboot } from './reboot.js'
import { reclaimNodes, terminateNodes } from './reclaim-nodes.js'
import { pauseRollout, restartRollout, resumeRollout } from './rollout.js'
import { scale } from './scale.js'
import { setImage } from './set-image.js'
import { killNode, reviveNode } from './silence.js'
import { suspend } from './suspend.js'
import { taint } from './taint.js'
import { triggerCronJob } from './trigger-cron-job.js'
import { undoRollout } from './undo-rollout.js'

/** Every operation of the model by its name; a new one is a file of its own and a line here. */
export const OPERATIONS: { readonly [Op in OperationName]: OperationDefinition<Op> } = {
  'create-nodes': createNodes,
  'create-pods': createPods,
  apply,
  patch,
  scale,
  delete: deleteObjects,
  cordon,
  uncordon,
  'set-image': setImage,
  'pause-rollout': pauseRollout,
  'resume-rollout': resumeRollout,
  'restart-rollout': restartRollout,
  'undo-rollout': undoRollout,
  suspend,
  'trigger-cron-job': triggerCronJob,
  drain,
  reboot,
  'upgrade-nodes': upgradeNodes,
  'reclaim-nodes': reclaimNodes,
  'terminate-nodes': terminateNodes,
  evict,
  taint,
  condition,
  'kill-node': killNode,
  'revive-node': reviveNode,
  'pod-ready': podReady,
  load,
  provisioner,
}
