import type { ControllerDefinition } from './controller.js'
import { cronjob } from './cronjob/cronjob.js'
import { daemonset } from './daemonset/daemonset.js'
import { deployment } from './deployment/deployment.js'
import { disruption } from './disruption/disruption.js'
import { endpoints } from './endpoints.js'
import { endpointslice } from './endpointslice/endpointslice.js'
import { endpointslicemirroring } from './endpointslicemirroring/endpointslicemirroring.js'
import { ephemeralvolume } from './ephemeral-volume/ephemeral-volume.js'
import { garbagecollector } from './garbage-collector/garbage-collector.js'
import { horizontalpodautoscaling } from './horizontal-pod-autoscaler/horizontal-pod-autoscaler.js'
import { job } from './job/job.js'
import { namespace } from './namespace/namespace.js'
import { nodelifecycle } from './node-lifecycle/node-lifecycle.js'
import { persistentvolumebinder } from './persistentvolume/persistentvolume-binder.js'
import { podgc } from './podgc/podgc.js'
import { pvcprotection } from './pvcprotection/pvcprotection.js'
import { pvprotection } from './pvprotection/pvprotection.js'
import { replicaset } from './replicaset/replicaset.js'
import { replicationcontroller } from './replicaset/replicationcontroller.js'
import { resourcequota } from './resourcequota/resourcequota.js'
import { statefulset } from './statefulset/statefulset.js'
import { tainteviction } from './taint-eviction/taint-eviction.js'
import { ttlafterfinished } from './ttlafterfinished/ttlafterfinished.js'

/** Every controller of kube-controller-manager that is simulated; one line each. */
export const controllers: readonly ControllerDefinition[] = [
  cronjob,
  daemonset,
  deployment,
  garbagecollector,
  disruption,
  endpoints,
  endpointslice,
  ephemeralvolume,
  endpointslicemirroring,
  horizontalpodautoscaling,
  job,
  namespace,
  persistentvolumebinder,
  podgc,
  pvcprotection,
  pvprotection,
  replicaset,
  replicationcontroller,
  resourcequota,
  nodelifecycle,
  statefulset,
  tainteviction,
  ttlafterfinished,
]
