import type { LineDialect } from './csv-rows.js'

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** The time of a line, as `[01/Jul/1995:00:00:01 -0400]`. */
const TIME = /\[(\d\d)\/([A-Z][a-z]{2})\/(\d{4}):(\d\d:\d\d:\d\d) ([+-]\d\d)(\d\d)\]/

/** Logs of web servers in the Common Log Format: a request a line, of which only its time is told. */
export const ACCESS_LOG_LINES: LineDialect = {
  header: 'time',
  isIt: first => TIME.test(first) && !first.startsWith('['),
  toCsv(line) {
    const parts = TIME.exec(line)
    if (parts === null) return ''
    const [, day, month, year, clock, hours, minutes] = parts
    const number = String(MONTHS.indexOf(month) + 1).padStart(2, '0')
    return `${year}-${number}-${day}T${clock}${hours}:${minutes}`
  },
}
