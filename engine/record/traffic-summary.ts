/**
 * Figures of the summary about requests and autoscalers, over all Services together; none where there are none.
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
  const { ups, downs, trackingError } = autoscalers
  const scaling =
    accounts.length > 0 || ups + downs > 0
      ? { hpa_scale_ups: ups, hpa_scale_downs: downs, hpa_tracking_error_share: trackingError }
      : {}
  if (accounts.length === 0) return scaling
  const all = new TrafficSums()
  let backlog = 0
  for (const account of accounts) {
    all.addAll(account.total)
    backlog += account.backlog
  }
  return {
    requests: all.requests,
    requests_served: all.served,
    requests_refused: all.refused,
    requests_lost: all.lost,
    requests_backlog: backlog,
    requests_failed_share: (all.refused + all.lost) / all.requests,
    latency_p50_s: all.latency.quantile(0.5),
    latency_p99_s: all.latency.quantile(0.99),
    endpoints_mean: end > 0 ? all.endpointSeconds / (end / SECOND) : Number.NaN,
    ...scaling,
  }
}
