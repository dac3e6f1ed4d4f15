import { z } from 'zod'
import { duration, filePath, list, section } from '../schema/fields.js'
import { defineOperation } from './operation.js'

/** Kubernetes manifests, from a file or written in place; as `kubectl apply`. */
export const apply = defineOperation({
  op: 'apply',
  schema: section({
    op: z.literal('apply'),
    at: duration().describe('When.'),
    file: filePath().optional().describe('A YAML or JSON file with manifests, relative to the scenario.'),
    manifests: list(z.record(z.string(), z.unknown())).optional().describe('Manifests in place.'),
  }).describe('Creates the objects of manifests, or changes those that were applied before.'),
  translate({ at, file, manifests }, path, assembly) {
    if ((file === undefined) === (manifests === undefined)) {
      assembly.fault(path, 'give either "file" or "manifests"')
    } else if (file !== undefined) {
      assembly.applyFile(at, file, [...path, 'file'])
    } else {
      for (const [i, manifest] of manifests!.entries())
        assembly.applyInline(at, manifest, [...path, 'manifests', i])
    }
  },
})
