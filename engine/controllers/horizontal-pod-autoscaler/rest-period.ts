/**
 * Until when an autoscaler would find what it has just found, if nothing is changed: samples stay, no pod comes of
 * age, no recommendation leaves a window.
 *
 * Upstream: nothing; the times are those of group-pods.ts and stabilization.ts.
 * Simplified: an autoscaler that a policy holds back, or that has other metrics than resources, never rests.
 */
import { NEVER, SECOND, type SimTime } from '../../kernel/time.js'
import type { HorizontalPodAutoscalerSpec } from '../../model/autoscaling.js'
import type { PodUsage } from '../../model/metrics-api.js'
import type { AutoscalerMemory, AutoscalerSettings, Look } from './autoscaler-world.js'
import type { ScaledPod } from './scaled-pod.js'

export interface Findings {
  readonly spec: HorizontalPodAutoscalerSpec
  readonly look: Look
  readonly pods: readonly ScaledPod[]
  readonly usage: readonly PodUsage[]
  readonly memory: AutoscalerMemory
  readonly settings: AutoscalerSettings
}

/** `now` when it has to look again at once. */
export function restsUntil(findings: Findings, now: SimTime): SimTime {
  const { spec, look } = findings
  if (look.desired !== look.current || look.isLimitedByPolicy) return now
  const metrics = spec.metrics ?? []
  if (metrics.length === 0 || !metrics.every(({ type }) => type === 'Resource')) return now
  const ofAge = podsRestUntil(findings, now)
  if (ofAge === now || !look.isStabilized) return ofAge
  return Math.min(ofAge, windowsRestUntil(findings, now))
}

function podsRestUntil({ pods, usage, settings }: Findings, now: SimTime): SimTime {
  const [sample] = usage
  if (sample === undefined) return now
  let until = NEVER
  let measured = 0
  for (const { phase, isDeleted, startTime, ready } of pods) {
    if (phase === 'Running') measured++
    if (isDeleted || phase !== 'Running') continue
    if (startTime === undefined || ready === undefined) return now
    const ofAge = startTime + settings.cpuInitializationPeriod
    if (ofAge <= now) continue
    if (ready.status === 'False') until = Math.min(until, ofAge)
    else if (sample.timestamp < ready.since + sample.window) return now
  }
  // Somebody has no sample yet, or one too many is still told.
  return measured === usage.length ? until : now
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
