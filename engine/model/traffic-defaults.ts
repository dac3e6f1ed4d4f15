import { MILLISECOND, SECOND } from '../kernel/time.js'
import type { MetricsSettings, NetworkSettings, RequestModel } from './traffic.js'

/** metrics-server's --metric-resolution as its manifests set it, release 0.8; the window is that of two scrapes. */
export const DEFAULT_SCRAPES: MetricsSettings = {
  period: 15 * SECOND,
  window: 15 * SECOND,
  delay: 0,
  missing: 0,
  /** The common interval of Prometheus' rules for an adapter. */
  customLag: 30 * SECOND,
}

/** Half of kube-proxy's minSyncPeriod of 1 s (pkg/proxy/apis/config/v1alpha1/defaults.go); the ttl of CoreDNS. */
export const DEFAULT_NETWORK: NetworkSettings = {
  propagation: 500 * MILLISECOND,
  dnsTtl: 30 * SECOND,
  balancing: 'random',
}

export const DEFAULT_REQUESTS: Pick<RequestModel, 'concurrency' | 'variation' | 'discipline'> = {
  concurrency: 16,
  variation: 1,
  discipline: 'queue',
}
