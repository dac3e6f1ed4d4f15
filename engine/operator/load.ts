import { defineOperation } from './operation.js'

/**
 * Sets the CPU that the pods of an app are measured to use.
 * Upstream: what metrics-server reports of containers (metrics.k8s.io/v1beta1 PodMetrics).
 * Simplified: all pods of the app use the same.
 */
export const load = defineOperation('load', ({ api }) => operation => {
  const { at, op: _, app, ...usage } = operation
  api.state.appUsage.set(app, usage, at)
  return { app, ...usage }
})
