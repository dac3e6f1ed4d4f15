import {
  Action,
  type EventRegistration,
  type FrameworkHandle,
  type ObjectVersion,
} from '../../framework/interface.js'

const ZONE_DELIMITER = '__'
const TOPOLOGY_LABELS = [
  'failure-domain.beta.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/region',
  'topology.kubernetes.io/zone',
  'topology.kubernetes.io/region',
] as const

/**
 * A pod whose volumes are in another zone waits for its claims, for volumes that are new or moved, for classes that
 * bind late, and for nodes.
 *
 * Upstream: EventsToRegister of pkg/scheduler/framework/plugins/volumezone/volume_zone.go (1.36).
 * Simplified: nothing known.
 */
export function volumeZoneEvents(handle: FrameworkHandle): readonly EventRegistration[] {
  return [
    {
      resource: 'StorageClass',
      actions: Action.Add,
      hint: (_, { newObject }) =>
        (newObject?.spec as { readonly volumeBindingMode?: string } | undefined)?.volumeBindingMode ===
        'WaitForFirstConsumer',
    },
    { resource: 'Node', actions: Action.Add | Action.UpdateNodeLabel },
    {
      resource: 'PersistentVolumeClaim',
      actions: Action.Add | Action.Update,
      // Claims made for the pod itself do not count here, as upstream has it.
      hint(pod, { newObject }) {
        const { namespace, template } = handle.shapeOf(pod)
        return (
          newObject?.namespace === namespace &&
          (template.spec.volumes ?? []).some(
            ({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName === newObject.name,
          )
        )
      },
    },
    {
      resource: 'PersistentVolume',
      actions: Action.Add | Action.Update,
      hint: (_, { oldObject, newObject }) =>
        oldObject === undefined || newObject === undefined || zonesOf(oldObject) !== zonesOf(newObject),
    },
  ]
}

/** Equal for equal sets of zones and regions; a label with an empty zone in it does not count. */
function zonesOf({ labels }: ObjectVersion): string {
  const zones: string[] = []
  for (const key of TOPOLOGY_LABELS) {
    const names = labels[key]?.split(ZONE_DELIMITER).map(name => name.trim()) ?? []
    if (names.length > 0 && !names.includes('')) zones.push(`${key}=${[...new Set(names)].sort().join()}`)
  }
  return zones.join(';')
}
