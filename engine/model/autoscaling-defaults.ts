/**
 * What the API server fills into a HorizontalPodAutoscaler when it is written.
 * Upstream: pkg/apis/autoscaling/v2/defaults.go (1.36).
 * Simplified: nothing known.
 */
import type {
  HorizontalPodAutoscalerBehavior,
  HorizontalPodAutoscalerSpec,
  MetricSpec,
  ScalingPolicy,
  ScalingRules,
} from './autoscaling.js'

const DEFAULT_METRIC: MetricSpec = {
  type: 'Resource',
  resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } },
}

const DEFAULT_UP_POLICIES: readonly ScalingPolicy[] = [
  { type: 'Pods', value: 4, periodSeconds: 15 },
  { type: 'Percent', value: 100, periodSeconds: 15 },
]

const DEFAULT_DOWN_POLICIES: readonly ScalingPolicy[] = [{ type: 'Percent', value: 100, periodSeconds: 15 }]

/** Fields that were not written; `behavior` is filled in only where it was given at all. */
export function defaultHorizontalPodAutoscalerSpec(
  written: Partial<HorizontalPodAutoscalerSpec>,
): HorizontalPodAutoscalerSpec {
  const { behavior, metrics } = written
  return {
    scaleTargetRef: written.scaleTargetRef ?? { kind: '', name: '' },
    minReplicas: written.minReplicas ?? 1,
    maxReplicas: written.maxReplicas ?? 0,
    metrics: metrics === undefined || metrics === null || metrics.length === 0 ? [DEFAULT_METRIC] : metrics,
    ...(behavior === undefined || behavior === null ? {} : { behavior: defaultBehavior(behavior) }),
  }
}

/** The window of scaling down stays open: the controller's own flag decides it. */
function defaultBehavior({ scaleUp, scaleDown }: HorizontalPodAutoscalerBehavior) {
  return {
    scaleUp: { stabilizationWindowSeconds: 0, ...defaultRules(scaleUp, DEFAULT_UP_POLICIES) },
    scaleDown: defaultRules(scaleDown, DEFAULT_DOWN_POLICIES),
  }
}

/** An empty list of policies is a list that was given, and validation refuses it. */
function defaultRules(
  rules: ScalingRules | null | undefined,
  policies: readonly ScalingPolicy[],
): ScalingRules {
  const window = rules?.stabilizationWindowSeconds ?? undefined
  const tolerance = rules?.tolerance ?? undefined
  return {
    ...(window === undefined ? {} : { stabilizationWindowSeconds: window }),
    selectPolicy: rules?.selectPolicy ?? 'Max',
    policies: rules?.policies ?? policies,
    ...(tolerance === undefined ? {} : { tolerance }),
  }
}
