import { Action, type EventRegistration, type EventResource, type SchedulerPlugin } from './interface.js'

const RESOURCES: readonly EventResource[] = [
  'Pod',
  'Node',
  'PersistentVolume',
  'PersistentVolumeClaim',
  'StorageClass',
  'CSINode',
  'CSIDriver',
  'VolumeAttachment',
  'CSIStorageCapacity',
  'ResourceClaim',
  'ResourceSlice',
  'DeviceClass',
  'Workload',
  'PodGroup',
]

const REJECTING_POINTS = ['preEnqueue', 'preFilter', 'filter', 'reserve', 'permit'] as const

const ANY_EVENT: readonly EventRegistration[] = RESOURCES.map(resource => ({
  resource,
  actions: Object.values(Action).reduce((all, action) => all | action, 0),
}))

/**
 * What wakes up the pods a plugin has rejected: the events it names, or every one if it names none at all. A plugin
 * that cannot reject needs none.
 *
 * Upstream: fillEnqueueExtensions of pkg/scheduler/framework/runtime/framework.go (1.36).
 * Simplified: nothing known.
 */
export function eventsOf(plugin: SchedulerPlugin): readonly EventRegistration[] {
  if (plugin.events !== undefined) return plugin.events
  return REJECTING_POINTS.some(point => plugin[point] !== undefined) ? ANY_EVENT : []
}
