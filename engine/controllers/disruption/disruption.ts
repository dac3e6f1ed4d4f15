/**
 * The disruption controller: keeps the status of PodDisruptionBudgets, which says how many more pods may be evicted,
 * and takes DisruptionTarget back from pods that nobody deleted after all.
 *
 * Upstream: pkg/controller/disruption/disruption.go (1.36).
 * Simplified: see disruption-reconciler.ts.
 */
import { CONTROLLER_WORKERS } from '../../model/defaults.js'
import { Change, Source } from '../../state/change-log.js'
import { defineController } from '../controller.js'
import { DisruptionReconciler } from './disruption-reconciler.js'

const { Added, Deleted, Deleting, Labels, Ownership, Phase, Ready, Conditions, Spec, Status } = Change

export const disruption = defineController({
  name: 'disruption',
  source: 'controllermanager',
  args: {},
  workers: CONTROLLER_WORKERS.disruption,
  watches: [
    {
      source: Source.Objects,
      kind: 'PodDisruptionBudget',
      fields: Added | Deleted | Deleting | Spec | Status | Labels,
    },
    {
      source: Source.Pods,
      fields: Added | Deleted | Deleting | Labels | Ownership | Phase | Ready | Conditions,
    },
  ],
  create: context => new DisruptionReconciler(context),
})
