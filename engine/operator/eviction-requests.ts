/**
 * Requests to the eviction API: each is answered with an HTTP code, which is reported. When two requests write one
 * budget at the same time the API server tries the later one again by itself, so its answer comes half a second later.
 *
 * Upstream: pkg/registry/core/pod/storage/eviction.go (1.36), EvictionsRetry.
 * Simplified: see engine/apiserver/eviction.ts.
 */
import { evict } from '../apiserver/eviction.js'
import type { EventKind } from '../kernel/kernel.js'
import type { OperationName } from '../model/operations.js'
import type { NamespaceId, NodeId, PodId } from '../state/ids.js'
import type { OperatorContext } from './operation.js'

export interface EvictionAnswer {
  /** 201: the pod is being deleted; 404: it is gone; 429: a budget refuses. */
  readonly code: number
  readonly message: string
}

interface Request {
  readonly pod: PodId
  readonly uid: number
  readonly done: (answer: EvictionAnswer) => void
}
