/**
 * Lets a volume go whose deletion was asked for, once it is not bound any more.
 *
 * Upstream: pkg/controller/volume/pvprotection/pv_protection_controller.go (1.36).
 * Simplified: nothing known.
 */
import { Result } from '../../apiserver/result.js'
import { CONTROLLER_WORKERS } from '../../model/defaults.js'
import { type PersistentVolume, VOLUME_PROTECTION } from '../../model/storage.js'
import { Change, Source } from '../../state/change-log.js'
import type { ClusterState } from '../../state/cluster-state.js'
import { NONE, type ObjectId } from '../../state/ids.js'
import { DONE, defineController, RETRY } from '../controller.js'
import { nextStep, withFinalizer, withoutFinalizer } from '../protection-finalizer.js'

const KIND = 'PersistentVolume'

export const pvprotection = defineController({
  name: 'persistentvolume-protection',
  source: 'pv-protection-controller',
  args: {},
  workers: CONTROLLER_WORKERS.pvprotection,
  watches: [
    {
      source: Source.Objects,
      kind: KIND,
      fields: Change.Added | Change.Deleting | Change.Status | Change.Ownership,
      key: (state, row) => (finalizersOf(state, row as ObjectId) === undefined ? NONE : row),
    },
  ],
  create: context => ({
    reconcile(key) {
      const { state, api } = context
      const finalizers = finalizersOf(state, key as ObjectId)
      if (finalizers === undefined) return DONE
      context.charge()
      const result = api.objects.updateMeta(key as ObjectId, { finalizers })
      return result === Result.Ok || result === Result.NotFound ? DONE : RETRY
    },
  }),
})

/** The finalizers the volume should have; undefined when it has them. */
function finalizersOf({ objects }: ClusterState, id: ObjectId): readonly string[] | undefined {
  if (!objects.exists(id) || objects.get(id).kind !== KIND) return undefined
  const { meta, status } = objects.get(id) as PersistentVolume
  const step = nextStep(meta, VOLUME_PROTECTION)
  if (step === 'add') return withFinalizer(meta.finalizers, VOLUME_PROTECTION)
  if (step === 'nothing' || status.phase === 'Bound') return undefined
  return withoutFinalizer(meta.finalizers, VOLUME_PROTECTION)
}
