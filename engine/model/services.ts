/**
 * Services, EndpointSlices and Endpoints in Kubernetes' field names, as far as something simulated reads them.
 * Upstream: staging/src/k8s.io/api/core/v1/types.go, discovery/v1/types.go (1.36).
 * Simplified: nothing known.
 */
import type { Labels } from './pod-spec.js'

export interface ServicePort {
  readonly name?: string
  readonly port: number
  readonly protocol?: string
  readonly appProtocol?: string
  /** A number, or the name of a container's port; absent: `port`. */
  readonly targetPort?: number | string
}

export interface ServiceSpec {
  readonly type?: string
  /** Absent or empty: nobody but the user makes endpoints. */
  readonly selector?: Labels | null
  readonly ports?: readonly ServicePort[] | null
  /** `None` makes the Service headless. */
  readonly clusterIP?: string
  readonly publishNotReadyAddresses?: boolean
  readonly sessionAffinity?: string
  readonly internalTrafficPolicy?: string
  readonly externalTrafficPolicy?: string
  /** `PreferClose` or `PreferSameZone`, `PreferSameNode`. */
  readonly trafficDistribution?: string
}

export interface EndpointPort {
  readonly name?: string
  readonly port?: number
  readonly protocol?: string
  readonly appProtocol?: string
}

export interface TargetReference {
  readonly kind: string
  readonly namespace: string
  readonly name: string
  readonly uid: number
}

export interface Endpoint {
  readonly addresses: readonly string[]
  /** Absent ones count as: ready true, serving as ready, terminating false. */
  readonly conditions?: {
    readonly ready?: boolean
    readonly serving?: boolean
    readonly terminating?: boolean
  }
  readonly hostname?: string
  readonly nodeName?: string
  readonly zone?: string
  readonly targetRef?: TargetReference
}

export interface EndpointSliceSpec {
  readonly addressType: string
  readonly ports: readonly EndpointPort[]
  readonly endpoints: readonly Endpoint[]
}

export interface EndpointAddress {
  readonly ip: string
  readonly hostname?: string
  readonly nodeName?: string
  readonly targetRef?: TargetReference
}

export interface EndpointsSpec {
  readonly subsets?:
    | readonly {
        readonly addresses?: readonly EndpointAddress[] | null
        readonly notReadyAddresses?: readonly EndpointAddress[] | null
        readonly ports?: readonly EndpointPort[] | null
      }[]
    | null
}

export const SERVICE_NAME_LABEL = 'kubernetes.io/service-name'
export const MANAGED_BY_LABEL = 'endpointslice.kubernetes.io/managed-by'
export const HEADLESS_LABEL = 'service.kubernetes.io/headless'
export const SKIP_MIRROR_LABEL = 'endpointslice.kubernetes.io/skip-mirror'

export function hasSelector({ selector }: ServiceSpec): boolean {
  return selector !== undefined && selector !== null && Object.keys(selector).length > 0
}
