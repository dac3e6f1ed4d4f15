/**
 * The volume controller: binds claims and volumes to one another, asks provisioners for volumes, and reclaims volumes
 * whose claims have gone.
 *
 * Upstream: pkg/controller/volume/persistentvolume/pv_controller_base.go (1.36).
 * Simplified: see volume-binder-reconciler.ts.
 */
import { CONTROLLER_WORKERS } from '../../model/defaults.js'
import { Change, Source } from '../../state/change-log.js'
import { defineController } from '../controller.js'
import { VolumeBinderReconciler } from './volume-binder-reconciler.js'

const { Added, Annotations, Deleted, Deleting, Labels, Ownership, Spec, Status } = Change
const ANYTHING = Added | Annotations | Deleted | Deleting | Labels | Ownership | Spec | Status

export const persistentvolumebinder = defineController({
  name: 'persistentvolume-binder',
  source: 'persistentvolume-controller',
  args: {},
  workers: CONTROLLER_WORKERS.persistentvolumebinder,
  watches: [
    { source: Source.Objects, kind: 'PersistentVolume', fields: ANYTHING },
    { source: Source.Objects, kind: 'PersistentVolumeClaim', fields: ANYTHING },
  ],
  create: context => new VolumeBinderReconciler(context),
})
