/**
 * The records `services` and `hpa`, and the figures of the summary about requests and autoscalers.
 * Upstream: nothing; see services-record.ts and autoscalers-record.ts.
 * Simplified: nothing known.
 */
import type { SimTime } from '../kernel/time.js'
import { AutoscalerAccounts } from './autoscalers-record.js'
import type { RecordSink, RecordTable } from './record-table.js'
import type { ServiceAccount } from './service-account.js'
import { ServicesRecord } from './services-record.js'
import { trafficFigures } from './traffic-summary.js'

export const TRAFFIC_RECORD_NAMES = ['services', 'hpa'] as const
type TrafficRecordName = (typeof TRAFFIC_RECORD_NAMES)[number]

export class TrafficRecords {
  readonly autoscalers: AutoscalerAccounts
  readonly #services: ServicesRecord | undefined
  /** Set by the network: what becomes of requests. */
  source: { readonly accounts: readonly ServiceAccount[] } | undefined

  constructor(
    on: (name: TrafficRecordName) => boolean,
    sink: ((name: TrafficRecordName) => RecordSink | undefined) | undefined,
  ) {
    if (on('services')) this.#services = new ServicesRecord(sink?.('services'))
    this.autoscalers = new AutoscalerAccounts(on('hpa'), sink?.('hpa'))
  }

  /** Whether rows are written on the grid of the time series. */
  get isSampled(): boolean {
    return this.#services !== undefined
  }

  /** Ends the interval that the next rows of Services are about, and writes them. */
  sample(at: SimTime): void {
    const accounts = this.source?.accounts ?? []
    for (const account of accounts) account.advance(at)
    this.#services?.write(at, accounts)
    for (const account of accounts) account.close()
  }

  finish(end: SimTime): {
    readonly figures: Readonly<Record<string, number>>
    readonly tables: readonly (RecordTable | undefined)[]
  } {
    this.sample(end)
    this.autoscalers.finish(end)
    const figures = trafficFigures(this.source?.accounts ?? [], this.autoscalers, end)
    return { figures, tables: [this.#services?.table, this.autoscalers.table] }
  }
}
