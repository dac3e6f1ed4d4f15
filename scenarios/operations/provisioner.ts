import { z } from 'zod'
import { duration, plainText, section } from '../schema/fields.js'
import { defineOperation } from './operation.js'

/** A storage driver outside the control plane. */
export const provisioner = defineOperation({
  op: 'provisioner',
  schema: section({
    op: z.literal('provisioner'),
    at: duration().prefault('0s').describe('From when on.'),
    name: plainText().describe('The `provisioner` of the StorageClasses that it serves.'),
    createDelay: duration().prefault('1s').describe('How long it takes to make a volume.'),
    deleteDelay: duration().prefault('1s').describe('How long it takes to delete a released one.'),
  }).describe('Starts an external provisioner of volumes.'),
  translate({ at, name, createDelay, deleteDelay }, _path, assembly) {
    assembly.operate({ op: 'provisioner', at, name, createDelay, deleteDelay })
  },
})
