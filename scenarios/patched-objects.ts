/**
 * Patches of the timeline, made of the manifests that they change: what the API server would refuse is told before the
 * run. Objects that no manifest describes, and fields that only the server sets, are not known here; a patch that needs
 * them is left to the run, which reports it when it is refused.
 */
import { type Manifest, type Operation, patchDocument } from '../engine/index.js'
import type { Fault } from './issue.js'
import { checkObject } from './manifests/check-object.js'
import { formatPath, type Path, valueAt } from './path.js'

type Patch = Extract<Operation, { op: 'patch' }>

/** What is wrong with patches; `places` says where they stand, `operations` are in the order of time. */
export function patchFaults(operations: readonly Operation[], places: ReadonlyMap<Operation, Path>): Fault[] {
  if (places.size === 0) return []
  const objects = new Map<string, Manifest>()
  return operations.flatMap(operation => {
    if (operation.op === 'apply') keep(objects, operation.manifest)
    if (operation.op === 'delete') for (const name of operation.names) objects.delete(keyOf(operation, name))
    const place = places.get(operation)
    return operation.op === 'patch' && place !== undefined ? faultsOf(operation, place, objects) : []
  })
}

/** What is applied again changes the object that is there. */
function keep(objects: Map<string, Manifest>, manifest: Manifest): void {
  const { kind, metadata } = manifest
  const { namespace = '', name } = metadata
  const key = keyOf({ kind, namespace }, name)
  const before = objects.get(key)
  const applied = before === undefined ? undefined : patchDocument(kind, before, 'strategic', manifest)
  objects.set(key, applied !== undefined && 'document' in applied ? (applied.document as Manifest) : manifest)
}

function faultsOf(patch: Patch, place: Path, objects: Map<string, Manifest>): Fault[] {
  const { kind, name, type } = patch
  const key = keyOf(patch, name)
  const before = objects.get(key)
  if (before === undefined) return []
  const patched = patchDocument(kind, before, type, patch.patch)
  if ('error' in patched) return []
  const checked = checkObject(patched.document, [])
  if ('manifest' in checked) {
    objects.set(key, checked.manifest)
    return []
  }
  return checked.faults.map(({ path, message }) => ({
    path: [...place, 'patch', ...writtenPart(patch.patch, path)],
    message: `${kind} "${name}" would have a mistake in ${formatPath(path)}: ${message}`,
  }))
}

/** As far as the patch itself has the path: lists of a patch count otherwise than those of the object. */
function writtenPart(patch: unknown, path: Path): Path {
  let length = path.findIndex(step => typeof step === 'number')
  if (length < 0) length = path.length
  while (length > 0 && valueAt(patch, path.slice(0, length)) === undefined) length--
  return path.slice(0, length)
}

function keyOf({ kind, namespace }: Pick<Patch, 'kind' | 'namespace'>, name: string): string {
  return `${kind}/${namespace}/${name}`
}
