import type { Labels } from '../../model/pod-spec.js'
import { classOfClaim, type PersistentVolume } from '../../model/storage.js'
import type { LabelSetId } from '../../state/ids.js'
import { definePlugin } from '../framework/define-plugin.js'
import type { FrameworkHandle } from '../framework/interface.js'
import { eachNode } from '../framework/node-list.js'
import { Code, OK, SKIP, type Verdict } from '../framework/status.js'
import { volumeZoneEvents } from './events/volume-zone.js'
import { findClaim, findStorageClass, findVolume } from './volumes/pod-claims.js'

/** Where a volume says it is: one of these values under this node label. */
interface VolumeTopology {
  readonly key: string
  readonly values: readonly string[]
}

const GA_KEY_OF: ReadonlyMap<string, string> = new Map([
  ['failure-domain.beta.kubernetes.io/zone', 'topology.kubernetes.io/zone'],
  ['failure-domain.beta.kubernetes.io/region', 'topology.kubernetes.io/region'],
])
const TOPOLOGY_KEYS: readonly string[] = [...GA_KEY_OF.keys(), ...GA_KEY_OF.values()]
const UNKNOWN = 0
const FITS = 1
const CONFLICTS = 2

/**
 * Rejects nodes outside the zone and region that the labels of a pod's bound volumes name. A node without any
 * zone or region label fits: a cluster of one zone needs no labels.
 *
 * Upstream: pkg/scheduler/framework/plugins/volumezone/volume_zone.go (1.36).
 * Simplified: nothing known.
 */
export const volumeZone = definePlugin({
  name: 'VolumeZone',
  about: 'Keeps a pod in the zone and region of its volumes.',
  args: {},
  create(handle: FrameworkHandle) {
    const { snapshot, state } = handle
    const conflict = handle.reason('node(s) had no available volume zone', Code.UnschedulableAndUnresolvable)
    let topologies: VolumeTopology[] = []
    // Labels but for the hostname are shared by many nodes, so each shape is judged once a cycle.
    let judged = new Uint8Array(64)

    const unresolvable = (text: string): Verdict => handle.reason(text, Code.UnschedulableAndUnresolvable)
    const addClaim = (namespace: string, name: string): Verdict => {
      if (name === '') return unresolvable('PersistentVolumeClaim had no name')
      const claim = findClaim(state, namespace, name)
      if (claim === undefined) return unresolvable(`persistentvolumeclaim "${name}" not found`)
      const volumeName = claim.spec.volumeName ?? ''
      if (volumeName !== '') {
        const volume = findVolume(state, volumeName)
        if (volume === undefined) return unresolvable(`persistentvolume "${volumeName}" not found`)
        topologies.push(...topologiesOf(volume))
        return OK
      }
      const className = classOfClaim(claim)
      if (className === '') {
        return unresolvable('PersistentVolumeClaim had no pv name and storageClass name')
      }
      const storageClass = findStorageClass(state, className)
      if (storageClass === undefined) {
        return unresolvable(`storageclass.storage.k8s.io "${className}" not found`)
      }
      const waits = storageClass.spec.volumeBindingMode === 'WaitForFirstConsumer'
      return waits ? OK : unresolvable('PersistentVolume had no name')
    }
    return {
      events: volumeZoneEvents(handle),
      preFilter({ shape }) {
        topologies = []
        for (const { persistentVolumeClaim } of shape.template.spec.volumes ?? []) {
          if (persistentVolumeClaim === undefined) continue
          const verdict = addClaim(shape.namespace, persistentVolumeClaim.claimName)
          if (verdict !== OK) return verdict
        }
        if (topologies.length === 0) return SKIP
        if (judged.length < snapshot.nodeShapes.size) judged = new Uint8Array(snapshot.nodeShapes.size * 2)
        judged.fill(UNKNOWN)
        return OK
      },
      filter(_, nodes) {
        const { labels, shape } = snapshot
        eachNode(nodes, node => {
          const at = shape[node]
          if (judged[at] === UNKNOWN) {
            const fits = isWithin(topologies, state.labelSets.get(labels[node] as LabelSetId))
            judged[at] = fits ? FITS : CONFLICTS
          }
          return judged[at] === FITS ? 0 : conflict
        })
      },
    }
  },
})

function topologiesOf({ meta: { labels } }: PersistentVolume): VolumeTopology[] {
  const topologies: VolumeTopology[] = []
  for (const key of TOPOLOGY_KEYS) {
    if (labels[key] === undefined) continue
    const values = labels[key].split('__').map(value => value.trim())
    // A list with an empty entry cannot be read and is passed over.
    if (!values.includes('')) topologies.push({ key, values })
  }
  return topologies
}

function isWithin(topologies: readonly VolumeTopology[], labels: Labels): boolean {
  if (!TOPOLOGY_KEYS.some(key => labels[key] !== undefined)) return true
  return topologies.every(({ key, values }) => {
    const value = labels[key] ?? labels[GA_KEY_OF.get(key) ?? key]
    return value !== undefined && values.includes(value)
  })
}
