/** Something that can never happen in a cluster, and happened in a run. */
export interface AuditFinding {
  readonly rule: 'life-cycle' | 'accounting' | 'allocatable' | 'budget' | 'grace'
  readonly subject: string
  readonly message: string
}
