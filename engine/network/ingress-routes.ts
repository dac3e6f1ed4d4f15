/**
 * Where requests to a host and path go: the rule of the host, the longest matching path, and of two Ingresses for one
 * path the canary gets its weight.
 *
 * Upstream: staging/src/k8s.io/api/networking/v1/types.go (IngressRule, PathType), and ingress-nginx's canary
 * annotations (release 1.12).
 * Simplified: one Ingress class; a path that is specific to an implementation counts as a prefix.
 */
import type { ClusterState } from '../state/cluster-state.js'

interface IngressBackend {
  readonly service?: { readonly name: string }
}

interface IngressSpec {
  readonly defaultBackend?: IngressBackend
  readonly rules?: readonly {
    readonly host?: string
    readonly http?: {
      readonly paths?: readonly {
        readonly path?: string
        readonly pathType?: string
        readonly backend?: IngressBackend
      }[]
    }
  }[]
}

export interface Route {
  /** Namespace/name of the Service. */
  readonly service: string
  readonly weight: number
}

interface Match {
  readonly service: string
  /** More exact hosts first, then exact paths, then longer ones. */
  readonly rank: readonly [number, number, number]
}

const CANARY = 'nginx.ingress.kubernetes.io/canary'
const CANARY_WEIGHT = 'nginx.ingress.kubernetes.io/canary-weight'
const CANARY_TOTAL = 'nginx.ingress.kubernetes.io/canary-weight-total'

/** Services with their shares of the requests; empty when nothing answers. */
export function routesFor(state: ClusterState, host: string, path: string): readonly Route[] {
  let main: Match | undefined
  let canary: (Match & { readonly weight: number }) | undefined
  for (const id of state.objects.ofKind('Ingress')) {
    const { meta, spec } = state.objects.get<IngressSpec>(id)
    const match = bestMatch(meta.namespace, spec, host, path)
    if (match === undefined) continue
    if (meta.annotations[CANARY] === 'true') {
      const share = Number(meta.annotations[CANARY_WEIGHT] ?? 0)
      const weight = Math.min(1, Math.max(0, share / Number(meta.annotations[CANARY_TOTAL] ?? 100))) || 0
      if (canary === undefined || isBetter(match, canary)) canary = { ...match, weight }
    } else if (main === undefined || isBetter(match, main)) main = match
  }
  if (main === undefined) return []
  if (canary === undefined || isBetter(main, canary) || canary.weight === 0) {
    return [{ service: main.service, weight: 1 }]
  }
  return [
    { service: main.service, weight: 1 - canary.weight },
    { service: canary.service, weight: canary.weight },
  ]
}

function isBetter(a: Match, b: Match): boolean {
  for (let i = 0; i < a.rank.length; i++) if (a.rank[i] !== b.rank[i]) return a.rank[i] > b.rank[i]
  return false
}

function bestMatch(
  namespace: string,
  { rules = [], defaultBackend }: IngressSpec,
  host: string,
  path: string,
): Match | undefined {
  let best: Match | undefined
  const consider = (backend: IngressBackend | undefined, rank: Match['rank']): void => {
    if (backend?.service === undefined) return
    const match = { service: `${namespace}/${backend.service.name}`, rank }
    if (best === undefined || isBetter(match, best)) best = match
  }
  consider(defaultBackend, [0, 0, 0])
  for (const rule of rules) {
    const hostRank = rankOfHost(rule.host ?? '', host)
    if (hostRank === 0) continue
    for (const { path: pattern = '/', pathType = 'Prefix', backend } of rule.http?.paths ?? []) {
      if (pathType === 'Exact') {
        if (pattern === path) consider(backend, [hostRank, 2, pattern.length])
      } else if (isPrefix(pattern, path)) consider(backend, [hostRank, 1, pattern.length])
    }
  }
  return best
}

/** 0: no match; a wildcard stands for one label. */
function rankOfHost(pattern: string, host: string): number {
  if (pattern === '') return 1
  if (pattern === host) return 3
  return pattern.startsWith('*.') && host.slice(host.indexOf('.')) === pattern.slice(1) ? 2 : 0
}

/** Prefixes match whole elements of the path. */
function isPrefix(pattern: string, path: string): boolean {
  const stem = pattern.replace(/\/+$/, '')
  return stem === '' || path === stem || path.startsWith(`${stem}/`)
}
