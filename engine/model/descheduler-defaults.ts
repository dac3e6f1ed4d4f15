/**
 * Defaults of the descheduler.
 * Upstream: cmd/descheduler/app/options/options.go and kubernetes/deployment/deployment.yaml of the descheduler 0.36.0.
 */
import { MINUTE, type SimTime } from '../kernel/time.js'
import type { ClientLimit } from './defaults.js'

/** `--descheduling-interval` of the Deployment that comes with it; the flag's own default is one pass and no more. */
export const DESCHEDULING_INTERVAL: SimTime = 5 * MINUTE

/** ClientConnection: none of its own, so that of client-go. */
export const DESCHEDULER_CLIENT: ClientLimit = { qps: 5, burst: 10 }
