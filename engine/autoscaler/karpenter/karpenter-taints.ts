/**
 * Taints that Karpenter puts on nodes and takes off.
 * Upstream: Karpenter core 1.15, pkg/apis/v1/taints.go.
 * Simplified: nothing known.
 */
import { type Taint, TaintEffect } from '../../model/taints.js'

/** Put on a node before its pods are moved; what tolerates it stays. */
export const DISRUPTED_TAINT: Taint = { key: 'karpenter.sh/disrupted', effect: TaintEffect.NoSchedule }

/** On a node from its first moment until Karpenter has given it its labels and taints. */
export const UNREGISTERED_TAINT: Taint = { key: 'karpenter.sh/unregistered', effect: TaintEffect.NoExecute }
