/**
 * Compiled node selectors of objects that stay as they are: volumes, device slices, allocations.
 * Upstream: component-helpers scheduling/corev1/nodeaffinity/nodeaffinity.go, release 1.36.
 * Simplified: nothing known.
 */
import { type CompiledNodeSelector, compileNodeSelector, type NodeSelector } from './node-affinity.js'

const compiled = new WeakMap<NodeSelector, CompiledNodeSelector>()

/** The compiled form of a selector; selectors are never changed in place. */
export function cachedNodeSelector(selector: NodeSelector): CompiledNodeSelector {
  let known = compiled.get(selector)
  if (known === undefined) {
    known = compileNodeSelector(selector)
    compiled.set(selector, known)
  }
  return known
}
