import type { Manifest, SimTime } from '../../engine/index.js'
import { SECOND } from '../../engine/index.js'
import type { Issue } from '../issue.js'
import { checkObject } from '../manifests/check-object.js'
import type { CsvRow } from './csv-row.js'
import { TracePods } from './trace-columns.js'
import type { LoadedTrace, TraceOptions } from './trace-reader.js'

/** A batch job of a trace: so many pods at once, each for the time that the job ran. */
export interface BatchJob {
  readonly submittedAt: SimTime
  readonly seconds: number
  readonly pods: number
  readonly requests: Readonly<Record<string, string>>
  readonly labels: Readonly<Record<string, string>>
}

/** Batch arrivals as Jobs: all pods of a job are wanted at once, and nothing is tried again. */
export class BatchJobs {
  readonly #options: TraceOptions
  readonly #ttlSeconds: number
  readonly #jobs: { readonly at: SimTime; readonly manifest: Manifest }[] = []

  constructor(options: TraceOptions, ttlSeconds: number) {
    this.#options = options
    this.#ttlSeconds = ttlSeconds
  }

  add(row: CsvRow, job: BatchJob): void {
    if (this.#jobs.length >= this.#options.limit) return
    const checked = checkObject(this.#manifest(job), [])
    if ('faults' in checked) row.fault(-1, checked.faults.map(({ message }) => message).join('; '))
    else this.#jobs.push({ at: job.submittedAt + this.#options.start, manifest: checked.manifest })
  }

  #manifest({ seconds, pods, requests, labels }: BatchJob): Manifest {
    const { name, namespace } = this.#options
    return {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: `${name}-${this.#jobs.length}`, namespace, labels },
      spec: {
        parallelism: pods,
        completions: pods,
        backoffLimit: 0,
        ttlSecondsAfterFinished: this.#ttlSeconds,
        template: {
          metadata: { labels, annotations: { 'kubelapse.io/run-seconds': String(seconds) } },
          spec: {
            restartPolicy: 'Never',
            containers: [{ name: 'main', image: 'batch', resources: { requests, limits: requests } }],
          },
        },
      },
    }
  }

  finish(issues: readonly Issue[]): LoadedTrace {
    const jobs = this.#jobs.toSorted((a, b) => a.at - b.at)
    return {
      pools: [],
      nodes: [],
      templates: [],
      pods: new TracePods(this.#options).finish(true),
      jobs,
      issues,
    }
  }
}

export const microseconds = (seconds: number): SimTime => Math.round(seconds * SECOND)
