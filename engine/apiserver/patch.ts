/**
 * What patching an object is made of: the document a patch sees, and how a write was answered.
 * Upstream: staging/src/k8s.io/apiserver/pkg/endpoints/handlers/patch.go (1.36).
 * Simplified: documents hold what is simulated.
 */
import type { JsonFields } from '../model/patch/merge-patch.js'
import { Result } from './result.js'

/** How a write was answered; the message is empty when it was accepted. */
export interface Answer {
  readonly result: Result
  readonly message: string
}

export const ACCEPTED: Answer = { result: Result.Ok, message: '' }

/** An object as its patch sees it. */
export interface ObjectDocument {
  readonly metadata: JsonFields
  readonly [field: string]: unknown
}

/** Applies a patch to a document, or says what is wrong with the patch. */
export type Patcher = (document: ObjectDocument) => { readonly document: ObjectDocument } | Answer
