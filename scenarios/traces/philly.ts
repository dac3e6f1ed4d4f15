import { duration, integer, plainText } from '../schema/fields.js'
import { secondsOfTime } from '../traffic/read-series.js'
import { BatchJobs, microseconds } from './batch-jobs.js'
import { readCsv } from './csv-rows.js'
import { defineTraceReader } from './trace-reader.js'

const COLUMNS = ['timestamp', 'duration', 'num_gpus', 'cluster'] as const

/**
 * Microsoft's Philly trace of deep learning jobs: gangs of GPUs in virtual clusters. A job becomes a Job with a pod for
 * each machine's worth of GPUs; time 0 is the first submission.
 */
export const philly = defineTraceReader({
  reader: 'philly',
  about:
    'Deep learning jobs of the Philly trace as CSV `timestamp,duration,num_gpus,cluster`; each becomes a Job',
  fields: {
    cluster: plainText().optional().describe('Only jobs of this virtual cluster.'),
    gpusPerPod: integer(1, 1000).default(8).describe('GPUs that one pod of a job has at most.'),
    gpuResource: plainText().default('nvidia.com/gpu').describe('The resource that GPUs are.'),
    ttl: duration().prefault('0s').describe('How long finished Jobs stay.'),
  },
  async read(options) {
    const { pods, cluster, gpusPerPod, gpuResource, ttl } = options
    const jobs = new BatchJobs(options, Math.round(ttl / 1e6))
    if (pods === undefined) return { option: 'pods', message: 'the file with the jobs is missing' }
    let first = Number.NaN
    const issues = await readCsv(pods, COLUMNS, row => {
      const seconds = secondsOfTime(row.text(0))
      const ran = Number(row.text(1))
      const gpus = row.count(2)
      if (Number.isNaN(seconds)) row.fault(0, `expected a time, got "${row.text(0)}"`)
      if (Number.isNaN(ran)) row.fault(1, `expected seconds, got "${row.text(1)}"`)
      if (Number.isNaN(seconds + ran + gpus) || gpus === 0) return
      if (Number.isNaN(first)) first = seconds
      if (cluster !== undefined && row.text(3) !== cluster) return
      if (seconds < first) row.fault(0, 'is before the first row: the rows are to be in order of time')
      const machines = Math.ceil(gpus / gpusPerPod)
      jobs.add(row, {
        submittedAt: microseconds(Math.max(0, seconds - first)),
        seconds: ran,
        pods: machines,
        requests: { [gpuResource]: String(Math.ceil(gpus / machines)) },
        labels: { cluster: row.text(3) },
      })
    })
    return 'unreadable' in issues ? { option: 'pods', message: issues.unreadable } : jobs.finish(issues)
  },
})
