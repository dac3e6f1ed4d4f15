import type { Manifest } from '../../engine/index.js'
import { isRecord } from '../describe-value.js'
import type { Issue, Locate, Place } from '../issue.js'
import { formatPath, type Path, valueAt } from '../path.js'
import { checkObject } from './check-object.js'

/** An object of a manifest and where its parts stand. */
export interface PlacedManifest {
  readonly manifest: Manifest
  readonly place: Place
  /** Finds a field of the object. */
  readonly locate: (path: Path) => Issue
}

/** An object that has a mistake: others may name it all the same. */
export interface BrokenObject {
  readonly kind: string
  readonly name: string
}

export interface Manifests {
  readonly manifests: readonly PlacedManifest[]
  readonly broken: readonly BrokenObject[]
  readonly issues: readonly Issue[]
}

/**
 * The objects of a document: itself, or the items when it is a List (`List`, `PodList` and so on, as
 * `kubectl get -o yaml` writes them). `path` is where the document starts within its file.
 */
export function readManifests(value: unknown, locate: Locate, path: Path = []): Manifests {
  const manifests: PlacedManifest[] = []
  const broken: BrokenObject[] = []
  const issues: Issue[] = []
  for (const [item, itemPath] of itemsOf(value, path)) {
    const checked = checkObject(item, itemPath)
    if ('manifest' in checked) {
      manifests.push({
        manifest: checked.manifest,
        place: locate(itemPath),
        locate: inner => {
          const whole = [...itemPath, ...inner]
          return { ...locate(whole), path: formatPath(whole), message: '' }
        },
      })
    } else {
      broken.push({
        kind: String(valueAt(item, ['kind'])),
        name: String(valueAt(item, ['metadata', 'name'])),
      })
      for (const { path: at, part, message } of checked.faults) {
        issues.push({ ...locate(at, part), path: formatPath(at), message })
      }
    }
  }
  return { manifests, broken, issues }
}

function itemsOf(value: unknown, path: Path): (readonly [unknown, Path])[] {
  if (!isRecord(value) || typeof value['kind'] !== 'string' || !value['kind'].endsWith('List')) {
    return [[value, path]]
  }
  const items = value['items']
  if (!Array.isArray(items)) return items === null ? [] : [[value, path]]
  const kind = value['kind'].slice(0, -'List'.length)
  return items.map((item: unknown, i) => {
    // Items of a PodList may leave out what the list says for all of them.
    const whole = kind !== '' && isRecord(item) ? { apiVersion: value['apiVersion'], kind, ...item } : item
    return [whole, [...path, 'items', i]]
  })
}
