/** Branded integers: a NodeId cannot pass as a PodId, and neither costs anything at run time. */
type Branded<Name extends string> = number & { readonly brand: Name }

export type PodId = Branded<'PodId'>
export type NodeId = Branded<'NodeId'>
/** A row of any kind that is neither pod nor node. */
export type ObjectId = Branded<'ObjectId'>
export type TemplateId = Branded<'TemplateId'>
export type LabelSetId = Branded<'LabelSetId'>
export type TaintSetId = Branded<'TaintSetId'>
export type NamespaceId = Branded<'NamespaceId'>
export type ReasonId = Branded<'ReasonId'>

/** No row: what an id column holds when it points nowhere. */
export const NONE = -1

/** Kubernetes' pod phases, as kept in the `phase` column. */
export const Phase = { Pending: 0, Running: 1, Succeeded: 2, Failed: 3, Unknown: 4 } as const
export type Phase = (typeof Phase)[keyof typeof Phase]
export const PHASE_NAMES = ['Pending', 'Running', 'Succeeded', 'Failed', 'Unknown'] as const

/** The three values of a condition's status. */
export const Status = { False: 0, True: 1, Unknown: 2 } as const
export type Status = (typeof Status)[keyof typeof Status]
export const STATUS_NAMES = ['False', 'True', 'Unknown'] as const
