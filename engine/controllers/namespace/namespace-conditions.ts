/**
 * The conditions of a namespace that is being deleted.
 *
 * Upstream: pkg/controller/namespace/deletion/status_condition_utils.go (1.36).
 * Simplified: discovery never fails.
 */
import type { SimTime } from '../../kernel/time.js'
import { type Condition, findCondition } from '../../model/conditions.js'
import { byCodeUnits } from '../../model/resource-list.js'
import type { Remains } from './namespace-content.js'

const HELD = 'Some content in the namespace has finalizers remaining'

type Told = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>

/** The conditions after a round; the same list when nothing is new. */
export function namespaceConditions(
  before: readonly Condition[],
  remains: Remains,
  at: SimTime,
): readonly Condition[] {
  const conditions = told(remains).map((condition): Condition => {
    const old = findCondition(before, condition.type)
    if (old === undefined) return { ...condition, lastTransitionTime: at }
    const { status, reason, message } = old
    const isSame = status === condition.status && reason === condition.reason && message === condition.message
    return isSame ? old : { ...condition, lastTransitionTime: at }
  })
  const isSame =
    before.length === conditions.length && conditions.every((condition, i) => condition === before[i])
  return isSame ? before : conditions
}

function told({ resources, finalizers, failures }: Remains): Told[] {
  return [
    {
      type: 'NamespaceDeletionDiscoveryFailure',
      status: 'False',
      reason: 'ResourcesDiscovered',
      message: 'All resources successfully discovered',
    },
    {
      type: 'NamespaceDeletionGroupVersionParsingFailure',
      status: 'False',
      reason: 'ParsedGroupVersions',
      message: 'All legacy kube types successfully parsed',
    },
    failures.length === 0
      ? {
          type: 'NamespaceDeletionContentFailure',
          status: 'False',
          reason: 'ContentDeleted',
          message: 'All content successfully deleted, may be waiting on finalization',
        }
      : {
          type: 'NamespaceDeletionContentFailure',
          status: 'True',
          reason: 'ContentDeletionFailed',
          message: `Failed to delete all resource types, ${failures.length} remaining: ${failures.join(', ')}`,
        },
    resources.size === 0
      ? {
          type: 'NamespaceContentRemaining',
          status: 'False',
          reason: 'ContentRemoved',
          message: 'All content successfully removed',
        }
      : {
          type: 'NamespaceContentRemaining',
          status: 'True',
          reason: 'SomeResourcesRemain',
          message: `Some resources are remaining: ${listed(
            resources,
            name => `${name.includes('.') ? name : `${name}.`} has`,
          )}`,
        },
    finalizers.size === 0
      ? {
          type: 'NamespaceFinalizersRemaining',
          status: 'False',
          reason: 'ContentHasNoFinalizers',
          message: 'All content-preserving finalizers finished',
        }
      : {
          type: 'NamespaceFinalizersRemaining',
          status: 'True',
          reason: 'SomeFinalizersRemain',
          message: `${HELD}: ${listed(finalizers, name => `${name} in`)}`,
        },
  ]
}

function listed(counts: ReadonlyMap<string, number>, prefix: (name: string) => string): string {
  return [...counts]
    .sort(([a], [b]) => byCodeUnits(a, b))
    .map(([name, number]) => `${prefix(name)} ${number} resource instances`)
    .join(', ')
}
