/**
 * The controller of HorizontalPodAutoscalers. Each is looked at every 15 s from when it was first seen,
 * whatever happens in between.
 *
 * Upstream: pkg/controller/podautoscaler/horizontal.go (1.36), flags of kube-controller-manager.
 * Simplified: see horizontal-pod-autoscaler-reconciler.ts.
 */
import {
  AUTOSCALER_CPU_INITIALIZATION_PERIOD,
  AUTOSCALER_DOWNSCALE_STABILIZATION,
  AUTOSCALER_INITIAL_READINESS_DELAY,
  AUTOSCALER_SYNC_PERIOD,
  AUTOSCALER_TOLERANCE,
  CONTROLLER_WORKERS,
} from '../../model/defaults.js'
import { ANY_CHANGE, Change, Source } from '../../state/change-log.js'
import { defineController } from '../controller.js'
import { HorizontalPodAutoscalerReconciler } from './horizontal-pod-autoscaler-reconciler.js'

const { Added, Deleted, Deleting, Labels, Phase, Ready, Spec, Status } = Change
/** What an autoscaler that rests is woken by. */
const SCALABLE_KINDS = ['Deployment', 'ReplicaSet', 'ReplicationController', 'StatefulSet']

export const horizontalpodautoscaling = defineController({
  name: 'horizontalpodautoscaling',
  source: 'horizontal-pod-autoscaler',
  args: {
    syncPeriod: AUTOSCALER_SYNC_PERIOD,
    downscaleStabilization: AUTOSCALER_DOWNSCALE_STABILIZATION,
    cpuInitializationPeriod: AUTOSCALER_CPU_INITIALIZATION_PERIOD,
    initialReadinessDelay: AUTOSCALER_INITIAL_READINESS_DELAY,
    tolerance: AUTOSCALER_TOLERANCE,
  },
  workers: CONTROLLER_WORKERS.horizontalpodautoscaler,
  watches: [
    { source: Source.Objects, kind: 'HorizontalPodAutoscaler', fields: ANY_CHANGE },
    ...SCALABLE_KINDS.map(kind => ({
      source: Source.Objects,
      kind,
      fields: Added | Deleted | Spec | Status,
    })),
    {
      source: Source.Pods,
      fields: Added | Deleted | Deleting | Labels | Phase | Ready,
      onlyWith: 'HorizontalPodAutoscaler',
    },
  ],
  create: (context, args) => new HorizontalPodAutoscalerReconciler(context, args),
})
