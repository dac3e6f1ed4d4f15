import { amount, duration, integer } from '../schema/fields.js'
import { BatchJobs, microseconds } from './batch-jobs.js'
import type { CsvRow } from './csv-row.js'
import { readCsv } from './csv-rows.js'
import { SWF_LINES } from './swf-lines.js'
import { defineTraceReader } from './trace-reader.js'

const COLUMNS = ['submit_time', 'run_time', 'allocated_processors', 'requested_processors'] as const

/**
 * The Standard Workload Format of the Parallel Workloads Archive, as published or as CSV whose first line names the
 * fields. A job becomes a Job whose pods share its processors and run as long as it did; what was never run is left
 * out.
 */
export const swf = defineTraceReader({
  reader: 'swf',
  about: 'Batch jobs in the Standard Workload Format, published or CSV with named fields, as Jobs',
  fields: {
    processorsPerPod: integer(1).default(1).describe('Processors that one pod of a job has.'),
    milliCPU: amount().default(1000).describe('MilliCPU of a processor.'),
    ttl: duration().prefault('0s').describe('How long finished Jobs stay.'),
  },
  async read(options) {
    const { pods: file, processorsPerPod, milliCPU, ttl } = options
    const jobs = new BatchJobs(options, Math.round(ttl / 1e6))
    if (file === undefined) return { option: 'pods', message: 'the file with the jobs is missing' }
    const read = (row: CsvRow): void => {
      const submitted = numberIn(row, 0)
      const ran = numberIn(row, 1)
      const allocated = numberIn(row, 2)
      const processors = allocated > 0 ? allocated : numberIn(row, 3)
      if (Number.isNaN(submitted + ran + processors) || submitted < 0 || ran < 0 || processors <= 0) return
      const pods = Math.ceil(processors / processorsPerPod)
      const each = Math.ceil(processors / pods)
      jobs.add(row, {
        submittedAt: microseconds(submitted),
        seconds: ran,
        pods,
        requests: { cpu: `${Math.round(each * milliCPU)}m` },
        labels: {},
      })
    }
    const issues = await readCsv(file, COLUMNS, read, [], SWF_LINES)
    return 'unreadable' in issues ? { option: 'pods', message: issues.unreadable } : jobs.finish(issues)
  },
})

/** Unknown values are -1. */
function numberIn(row: CsvRow, column: number): number {
  const text = row.text(column)
  const value = text === '' ? Number.NaN : Number(text)
  if (Number.isNaN(value)) row.fault(column, `expected a number, got "${text}"`)
  return value
}
