import { NONE } from '../../../state/ids.js'
import type { FrameworkHandle, PodVersion } from '../../framework/interface.js'
import type { PodShape } from '../../framework/pod-shape.js'

/**
 * What pods like this version have in common.
 * Upstream: the old and new objects that hints of pkg/scheduler/framework are given (1.36).
 * Simplified: nothing known.
 */
export function shapeOfVersion({ snapshot }: FrameworkHandle, version: PodVersion): PodShape {
  return snapshot.shapes.find(version.template, version.labels, version.namespace)
}

/** Whether the pod had a node at the time. */
export function isAssigned({ node }: PodVersion): boolean {
  return node !== NONE
}
