import type { Volume } from '../../../model/pod-spec.js'
import { canonicalJson } from '../../../model/pod-template.js'
import { value } from '../../../model/quantity.js'
import {
  Action,
  type EventRegistration,
  type FrameworkHandle,
  type ObjectVersion,
} from '../../framework/interface.js'
import { isOwnClaim } from './pod-claim-names.js'

const MIGRATED_PLUGINS = 'storage.alpha.kubernetes.io/migrated-plugins'

/**
 * A pod whose claims cannot be bound waits for its claims, for any volume, for classes and the capacity of storage, and
 * for nodes that can reach it.
 *
 * Upstream: EventsToRegister of pkg/scheduler/framework/plugins/volumebinding/volume_binding.go (1.36).
 * Simplified: nothing known.
 */
export function volumeBindingEvents(handle: FrameworkHandle): readonly EventRegistration[] {
  return [
    {
      resource: 'StorageClass',
      actions: Action.Add | Action.Update,
      hint: (_, { oldObject, newObject }) =>
        oldObject === undefined || topologiesOf(oldObject) !== topologiesOf(newObject),
    },
    {
      resource: 'PersistentVolumeClaim',
      actions: Action.Add | Action.Update,
      hint: isOwnClaim(handle),
    },
    { resource: 'PersistentVolume', actions: Action.Add | Action.Update },
    { resource: 'Node', actions: Action.Add | Action.UpdateNodeLabel },
    {
      resource: 'CSINode',
      actions: Action.Add | Action.Update,
      hint: (_, { oldObject, newObject }) =>
        oldObject === undefined ||
        oldObject.annotations[MIGRATED_PLUGINS] !== newObject?.annotations[MIGRATED_PLUGINS],
    },
    {
      resource: 'CSIDriver',
      actions: Action.Update,
      hint(pod, { oldObject, newObject }) {
        if (newObject === undefined || !tracksCapacity(oldObject) || tracksCapacity(newObject)) return false
        const volumes: readonly InlineVolume[] = handle.shapeOf(pod).template.spec.volumes ?? []
        return volumes.some(({ csi }) => csi?.driver === newObject.name)
      },
    },
    {
      resource: 'CSIStorageCapacity',
      actions: Action.Add | Action.Update,
      hint(_, { oldObject, newObject }) {
        if (oldObject === undefined) return true
        const before = volumeLimitOf(oldObject)
        const after = volumeLimitOf(newObject)
        return after !== undefined && (before === undefined || after > before)
      },
    },
  ]
}

/** A volume that a driver makes for the pod alone, written into its spec. */
interface InlineVolume extends Volume {
  readonly csi?: { readonly driver: string }
}

function topologiesOf(version: ObjectVersion | undefined): string {
  const spec = version?.spec as { readonly allowedTopologies?: unknown } | undefined
  return canonicalJson(spec?.allowedTopologies ?? [])
}

function tracksCapacity(version: ObjectVersion | undefined): boolean {
  return (version?.spec as { readonly storageCapacity?: boolean } | undefined)?.storageCapacity === true
}

/** The largest volume there is room for. */
function volumeLimitOf(version: ObjectVersion | undefined): number | undefined {
  const spec = version?.spec as
    | { readonly maximumVolumeSize?: string; readonly capacity?: string }
    | undefined
  const limit = spec?.maximumVolumeSize ?? spec?.capacity
  return limit === undefined ? undefined : value(limit)
}
