/**
 * Until when an autoscaler would find what it has just found, if nothing is changed: samples stay, no pod comes of
 * age, no recommendation leaves a window.
 *
 * Upstream: nothing; the times are those of pod-tally.ts and stabilization.ts.
 * Simplified: an autoscaler that a policy holds back, or that has other metrics than resources, never rests.
 */
import { SECOND, type SimTime } from '../../kernel/time.js'
import type { HorizontalPodAutoscalerSpec } from '../../model/autoscaling.js'
import type { AutoscalerMemory, AutoscalerSettings, Look } from './autoscaler-world.js'
import type { WatchedPods } from './watched-pods.js'

export interface Findings {
  readonly spec: HorizontalPodAutoscalerSpec
  readonly look: Look
  readonly pods: WatchedPods
  readonly memory: AutoscalerMemory
  readonly settings: AutoscalerSettings
}

/** `now` when it has to look again at once. */
export function restsUntil(findings: Findings, now: SimTime): SimTime {
  const { spec, look, pods } = findings
  if (look.desired !== look.current || look.isLimitedByPolicy) return now
  const metrics = spec.metrics ?? []
  if (metrics.length === 0 || !metrics.every(({ type }) => type === 'Resource')) return now
  const ofAge = pods.restUntil()
  if (ofAge === now || !look.isStabilized) return ofAge
  return Math.min(ofAge, windowsRestUntil(findings, now))
}

function windowsRestUntil({ spec, look, memory, settings }: Findings, now: SimTime): SimTime {
  const { behavior } = spec
  const down = behavior?.scaleDown?.stabilizationWindowSeconds
  const up = behavior?.scaleUp?.stabilizationWindowSeconds ?? 0
  const downWindow = down === undefined || down === null ? settings.downscaleStabilization : down * SECOND
  const { recommendations } = memory
  return Math.min(
    recommendations.nextExpiry(look.wanted, downWindow, now),
    recommendations.nextExpiry(look.wanted, up * SECOND, now),
  )
}
