import { applyManifest } from '../apiserver/apply-manifest.js'
import { creationRefusal, isRefused } from '../apiserver/result.js'
import { defineOperation } from './operation.js'

/**
 * Creates the object of a manifest; a refusal is reported with what the API server says to it.
 * Upstream: staging/src/k8s.io/kubectl/pkg/cmd/create/create.go (1.36).
 * Simplified: an object that exists is not changed.
 */
export const apply = defineOperation('apply', ({ api, report }) => ({ manifest }) => {
  const { kind, metadata } = manifest
  const registry = kind === 'Pod' ? api.pods : api.objects
  registry.refusal = ''
  const created = applyManifest(api, manifest)
  const object = `${kind}/${metadata.name}`
  if (!isRefused(created)) return { object }
  const said = registry.refusal
  const error = said !== '' ? said : creationRefusal(kind, metadata.name, created)
  report('apply', 'REJECTED', metadata.namespace ?? '', { object, error })
  return undefined
})
