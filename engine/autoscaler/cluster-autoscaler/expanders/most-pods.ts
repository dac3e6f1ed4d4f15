/**
 * The group that would take in the most pods.
 * Upstream: expander/mostpods/mostpods.go of cluster-autoscaler 1.36.1.
 * Simplified: nothing known.
 */
import { type Expander, lowest } from '../expander.js'

export const mostPods: Expander = {
  name: 'most-pods',
  about: 'the group that helps the most pods',
  best: options => lowest(options, ({ pods }) => -pods.length),
}
