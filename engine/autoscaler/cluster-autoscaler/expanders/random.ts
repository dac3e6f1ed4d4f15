/**
 * Any of the options.
 * Upstream: expander/random/random.go of cluster-autoscaler 1.36.1.
 * Simplified: nothing known.
 */
import type { Expander } from '../expander.js'

export const random: Expander = {
  name: 'random',
  about: 'any group that helps',
  best: (options, { draw }) => (options.length === 0 ? [] : [options[Math.floor(draw() * options.length)]]),
}
