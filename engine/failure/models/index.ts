/** What can go wrong; a new model is a file of its own and a line here. */
import type { AnyFailureModel } from '../failure-model.js'
import { containerCrash } from './container-crash.js'
import { controlPlaneOutage } from './control-plane-outage.js'
import { diskFilling } from './disk-filling.js'
import { hungKubelet } from './hung-kubelet.js'
import { memoryLeak } from './memory-leak.js'
import { networkPartition } from './network-partition.js'
import { nodeCrash } from './node-crash.js'
import { registryOutage } from './registry-outage.js'
import { spotReclaim } from './spot-reclaim.js'

export const FAILURE_MODELS: readonly AnyFailureModel[] = [
  nodeCrash,
  networkPartition,
  hungKubelet,
  containerCrash,
  controlPlaneOutage,
  registryOutage,
  diskFilling,
  memoryLeak,
  spotReclaim,
]
