/**
 * Figures of the summary about requests and autoscalers, over all Services together.
 * Upstream: nothing.
 * Simplified: nothing known.
 */
import { SECOND, type SimTime } from '../kernel/time.js'
import type { AutoscalerAccounts } from './autoscalers-record.js'
import { type ServiceAccount, TrafficSums } from './service-account.js'

export function trafficFigures(
  accounts: readonly ServiceAccount[],
  autoscalers: AutoscalerAccounts,
  end: SimTime,
): Readonly<Record<string, number>> {
  const all = new TrafficSums()
  for (const { total } of accounts) all.addAll(total)
  const isThere = accounts.length > 0
  const count = (value: number): number => (isThere ? value : Number.NaN)
  const isScaled = isThere || autoscalers.ups + autoscalers.downs > 0
  return {
    requests: count(all.requests),
    requests_served: count(all.served),
    requests_refused: count(all.refused),
    requests_lost: count(all.lost),
    requests_failed_share: (all.refused + all.lost) / all.requests,
    latency_p50_s: all.latency.quantile(0.5),
    latency_p99_s: all.latency.quantile(0.99),
    endpoints_mean: count(end > 0 ? all.endpointSeconds / (end / SECOND) : Number.NaN),
    hpa_scale_ups: isScaled ? autoscalers.ups : Number.NaN,
    hpa_scale_downs: isScaled ? autoscalers.downs : Number.NaN,
    hpa_tracking_error_share: autoscalers.trackingError,
  }
}
