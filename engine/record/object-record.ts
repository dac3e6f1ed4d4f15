import type { SimTime } from '../kernel/time.js'
import type { StoredObject } from '../state/objects.js'
import type { RecordTable } from './record-table.js'

/** A record that is made from the writes of objects other than pods and nodes. */
export interface ObjectRecord {
  readonly table: RecordTable
  /** The object was written; one that was removed can still be read. */
  objectChanged(object: StoredObject, fields: number, at: SimTime): void
  /** The run ends: rows that were kept open are written. */
  finish(end: SimTime): void
}
