/**
 * How values become cells: numbers exactly and always the same way, unknown ones empty, texts quoted as RFC 4180 says
 * and disarmed where a spreadsheet would take them for a formula. csv-stringify decides about texts; each different
 * one is asked about once, and a plain word not at all, which is what makes a million rows fast.
 */
import { stringify } from 'csv-stringify/sync'
import { NEVER, SECOND, type SimTime } from '../../engine/index.js'

/** A number as its shortest exact decimal; NaN is empty, -0 is 0. */
export function numberCell(value: number): string {
  if (Number.isNaN(value)) return ''
  return value === 0 ? '0' : String(value)
}

/** Virtual time as seconds with exactly the digits it has; empty when it never came. */
export function timeCell(time: SimTime): string {
  if (Number.isNaN(time) || time === NEVER) return ''
  const micros = Math.abs(time)
  const rest = micros % SECOND
  const sign = time < 0 ? '-' : ''
  const whole = `${sign}${(micros - rest) / SECOND}`
  return rest === 0 ? whole : `${whole}.${String(rest).padStart(6, '0').replace(/0+$/, '')}`
}

/** Texts that csv-stringify would leave as they are, told by a look. */
const PLAIN = /^[A-Za-z0-9][A-Za-z0-9 ._:/()%<>=-]*$/

/** A text as one cell. */
export function textCell(text: string): string {
  if (text === '' || PLAIN.test(text)) return text
  return stringify([[text]], { escape_formulas: true, eof: false })
}
