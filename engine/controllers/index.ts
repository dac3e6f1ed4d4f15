import type { ControllerDefinition } from './controller.js'
import { deployment } from './deployment/deployment.js'
import { job } from './job/job.js'
import { replicaset } from './replicaset/replicaset.js'
import { replicationcontroller } from './replicaset/replicationcontroller.js'

/** Every controller of kube-controller-manager that is simulated; one line each. */
export const controllers: readonly ControllerDefinition[] = [
  deployment,
  job,
  replicaset,
  replicationcontroller,
]
