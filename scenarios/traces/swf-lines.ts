import type { LineDialect } from './csv-rows.js'

/** The fields of the Standard Workload Format in its order, as Feitelson's archive documents it. */
const FIELDS = [
  'job_number',
  'submit_time',
  'wait_time',
  'run_time',
  'allocated_processors',
  'average_cpu_time_used',
  'used_memory',
  'requested_processors',
  'requested_time',
  'requested_memory',
  'status',
  'user_id',
  'group_id',
  'executable_number',
  'queue_number',
  'partition_number',
  'preceding_job_number',
  'think_time',
]

/** The format as published: comments after a semicolon, then numbers with spaces between them. */
export const SWF_LINES: LineDialect = {
  header: FIELDS.join(','),
  isIt: first => /^\s*(;|-?\d+\s)/.test(first),
  toCsv(line) {
    const trimmed = line.trim()
    return trimmed.startsWith(';') ? '' : trimmed.replaceAll(/\s+/g, ',')
  },
}
