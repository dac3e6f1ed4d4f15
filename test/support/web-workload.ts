import type { Manifest } from '../../engine/model/manifest.js'
import type { Toleration } from '../../engine/model/taints.js'

const PLACE = { name: 'web', namespace: 'default' }
const SELECTOR = { matchLabels: { app: 'web' } }

/** What a web server differs by from the next. */
export interface WebOptions {
  readonly requests?: Readonly<Record<string, string>>
  /** Of its pods. */
  readonly annotations?: Readonly<Record<string, string>>
  readonly tolerations?: readonly Toleration[]
}

/** A Deployment `web` in the namespace default, whose pods have the label `app: web`. */
export function webDeployment(replicas: number, options: WebOptions = {}): Manifest {
  const { requests = { cpu: '100m' }, annotations = {} } = options
  const containers = [{ name: 'web', image: 'web:1', resources: { requests } }]
  const spec =
    options.tolerations === undefined ? { containers } : { containers, tolerations: options.tolerations }
  const template = { metadata: { labels: { app: 'web' }, annotations }, spec }
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: PLACE,
    spec: { replicas, selector: SELECTOR, template },
  }
}

/** The budget `web` of those pods. */
export function webBudget(
  amounts: { readonly minAvailable: number } | { readonly maxUnavailable: number },
): Manifest {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: PLACE,
    spec: { ...amounts, selector: SELECTOR },
  }
}
