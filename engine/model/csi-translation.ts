/**
 * Volumes of the old in-tree kinds seen as volumes of the CSI drivers that took them over: the driver, a
 * handle that is unique among its volumes, and the topology key that the driver gives its nodes.
 * Upstream: k8s.io/csi-translation-lib plugins (in_tree_volume.go, gce_pd.go, aws_ebs.go), release 1.36.
 * Simplified: only what attach limits and node affinity need; vSphere and Azure files are not counted
 * upstream either.
 */
import type { Labels } from './labels.js'
import type { NodeSelector, NodeSelectorTerm } from './node-affinity.js'
import type { InTreeSource, PersistentVolumeSpec } from './storage.js'

/** One volume of one driver. */
export interface CSIVolume {
  readonly driver: string
  readonly handle: string
}

interface Migration {
  readonly inTreeName: string
  readonly driver: string
  /** Label by which the driver's nodes say where they are; undefined: affinity stays as it is. */
  readonly topologyKey?: string
  readonly handleOf: (source: InTreeSource, labels: Labels) => string | undefined
}

const GA_ZONE = 'topology.kubernetes.io/zone'
const GA_REGION = 'topology.kubernetes.io/region'
const BETA_ZONE = 'failure-domain.beta.kubernetes.io/zone'
const BETA_REGION = 'failure-domain.beta.kubernetes.io/region'
const TOPOLOGY_LABELS = [GA_ZONE, GA_REGION, BETA_ZONE, BETA_REGION]
const ZONE_DELIMITER = '__'
const UNSPECIFIED = 'UNSPECIFIED'

const MIGRATIONS: readonly Migration[] = [
  {
    inTreeName: 'kubernetes.io/gce-pd',
    driver: 'pd.csi.storage.gke.io',
    topologyKey: 'topology.gke.io/zone',
    handleOf: ({ gcePersistentDisk: disk }, labels) =>
      disk === undefined ? undefined : googleHandle(disk.pdName, labels),
  },
  {
    inTreeName: 'kubernetes.io/aws-ebs',
    driver: 'ebs.csi.aws.com',
    topologyKey: 'topology.ebs.csi.aws.com/zone',
    // Written as aws://zone/vol-1, aws:///vol-1 or vol-1.
    handleOf: ({ awsElasticBlockStore: disk }) => disk?.volumeID.slice(disk.volumeID.lastIndexOf('/') + 1),
  },
  {
    inTreeName: 'kubernetes.io/azure-disk',
    driver: 'disk.csi.azure.com',
    handleOf: ({ azureDisk }) => azureDisk?.diskURI,
  },
  {
    inTreeName: 'kubernetes.io/cinder',
    driver: 'cinder.csi.openstack.org',
    topologyKey: 'topology.cinder.csi.openstack.org/zone',
    handleOf: ({ cinder }) => cinder?.volumeID,
  },
  {
    inTreeName: 'kubernetes.io/portworx-volume',
    driver: 'pxd.portworx.com',
    handleOf: ({ portworxVolume }) => portworxVolume?.volumeID,
  },
]

/** The CSI volume behind an in-tree source; undefined when no driver took the kind over. */
export function translateSource(source: InTreeSource, labels: Labels): CSIVolume | undefined {
  for (const { driver, handleOf } of MIGRATIONS) {
    const handle = handleOf(source, labels)
    if (handle !== undefined) return { driver, handle }
  }
  return undefined
}

/** The driver that provisions for a class: the provisioner itself unless a driver took it over. */
export function driverOfProvisioner(provisioner: string): string {
  return MIGRATIONS.find(({ inTreeName }) => inTreeName === provisioner)?.driver ?? provisioner
}

/** Whether the volume is of an in-tree kind that a driver took over. */
export function isOfMigratedKind(spec: PersistentVolumeSpec): boolean {
  return spec.csi === undefined && migrationOf(spec) !== undefined
}

const translated = new WeakMap<PersistentVolumeSpec, Map<string, NodeSelector | undefined>>()

/**
 * Where a volume can be reached from, for a node that has some in-tree kinds migrated (their names, with
 * commas between): zones are then named by the driver's key instead of Kubernetes' own.
 */
export function translateAffinity(
  spec: PersistentVolumeSpec,
  labels: Labels,
  migratedPlugins: string,
): NodeSelector | undefined {
  const key = `${migratedPlugins} ${TOPOLOGY_LABELS.map(label => labels[label]).join(' ')}`
  let affinities = translated.get(spec)
  if (affinities === undefined) {
    affinities = new Map()
    translated.set(spec, affinities)
  }
  if (!affinities.has(key)) affinities.set(key, translateUncached(spec, labels, migratedPlugins.split(',')))
  return affinities.get(key)
}

function translateUncached(
  spec: PersistentVolumeSpec,
  labels: Labels,
  migratedPlugins: readonly string[],
): NodeSelector | undefined {
  const required = spec.nodeAffinity?.required
  const migration = migrationOf(spec)
  if (migration?.topologyKey === undefined || !migratedPlugins.includes(migration.inTreeName)) return required
  const terms = required?.nodeSelectorTerms ?? []
  const isBeta = !hasKey(terms, GA_ZONE) && (hasKey(terms, BETA_ZONE) || isBetaLabelled(labels))
  const zoneKey = isBeta ? BETA_ZONE : GA_ZONE
  const renames: [string, string][] = isBeta ? [[BETA_REGION, GA_REGION]] : []
  if (hasKey(terms, zoneKey, true)) {
    return { nodeSelectorTerms: renamed(terms, [...renames, [zoneKey, migration.topologyKey]]) }
  }
  const zones = [...new Set((labels[zoneKey] ?? '').split(ZONE_DELIMITER).map(zone => zone.trim()))]
  const values = zones.filter(zone => zone !== '').sort()
  if (values.length === 0) return required
  const zone = { key: migration.topologyKey, operator: 'In', values }
  const extended = (terms.length === 0 ? [{}] : renamed(terms, renames)).map((term: NodeSelectorTerm) => ({
    ...term,
    matchExpressions: [...(term.matchExpressions ?? []), zone],
  }))
  return { nodeSelectorTerms: extended }
}

function migrationOf(source: InTreeSource): Migration | undefined {
  return MIGRATIONS.find(({ handleOf }) => handleOf(source, {}) !== undefined)
}

function isBetaLabelled(labels: Labels): boolean {
  return labels[GA_ZONE] === undefined && labels[BETA_ZONE] !== undefined
}

function hasKey(terms: readonly NodeSelectorTerm[], key: string, withValues = false): boolean {
  return terms.some(({ matchExpressions }) =>
    matchExpressions?.some(
      expression => expression.key === key && (!withValues || (expression.values ?? []).length > 0),
    ),
  )
}

function renamed(
  terms: readonly NodeSelectorTerm[],
  renames: readonly (readonly [string, string])[],
): NodeSelectorTerm[] {
  const names = new Map(renames)
  return terms.map(term => ({
    ...term,
    matchExpressions: (term.matchExpressions ?? []).map(expression => ({
      ...expression,
      key: names.get(expression.key) ?? expression.key,
    })),
  }))
}

/** Zonal, regional or unspecified disk paths, as the driver names them. */
function googleHandle(name: string, labels: Labels): string {
  const zones = (labels[BETA_ZONE] || labels[GA_ZONE] || '').split(ZONE_DELIMITER)
  if (zones.length > 1) {
    const region = zones[0].slice(0, zones[0].lastIndexOf('-'))
    return `projects/${UNSPECIFIED}/regions/${region}/disks/${name}`
  }
  return `projects/${UNSPECIFIED}/zones/${zones[0] || UNSPECIFIED}/disks/${name}`
}
