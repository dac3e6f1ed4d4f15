import { NEVER, type SimTime } from '../kernel/time.js'
import type { OwnerReference } from '../model/api-object.js'
import {
  type LabelSetId,
  type NamespaceId,
  NONE,
  type NodeId,
  type ObjectId,
  type TemplateId,
} from '../state/ids.js'

const NO_FINALIZERS: readonly string[] = []
const NO_REFERENCES: readonly OwnerReference[] = []

/**
 * What a new pod is made of; one instance is filled again and again by its owner.
 *
 * Upstream: the Pod of a create request, pkg/registry/core/pod/strategy.go (1.36).
 * Simplified: what pods of one template share is interned before.
 */
export class PodDraft {
  namespace = 0 as NamespaceId
  name = ''
  template = 0 as TemplateId
  labels = 0 as LabelSetId
  owner = NONE as ObjectId
  ordinal: number = NONE
  runFor: SimTime = NEVER
  finalizers: readonly string[] = NO_FINALIZERS
  /** All owners, where they are not the controlling one alone. */
  references: readonly OwnerReference[] = NO_REFERENCES
  /** Failures of a Job's index before this pod, counted and ignored ones. */
  indexFailures = 0
  indexIgnoredFailures = 0
  /** Given for static pods and pods of manifests that name their node. */
  node = NONE as NodeId
}
