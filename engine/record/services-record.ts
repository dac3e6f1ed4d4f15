/**
 * The record `services`: one row a Service and interval, what became of its requests in that interval.
 * Upstream: nothing; what a service mesh or an ingress controller measures.
 * Simplified: nothing known.
 */
import { SECOND, type SimTime } from '../kernel/time.js'
import { columnIndex, defineRecord, type RecordSink, RecordTable } from './record-table.js'
import type { ServiceAccount } from './service-account.js'

export const SERVICES_RECORD = defineRecord({
  name: 'services',
  about: 'One row a Service and interval: what became of the requests of that interval.',
  columns: [
    { name: 'time_s', type: 'time', about: 'End of the interval.' },
    { name: 'namespace', type: 'text', about: 'Namespace of the Service.' },
    { name: 'service', type: 'text', about: 'Its name; empty: requests that no Ingress leads anywhere.' },
    { name: 'requests', type: 'number', about: 'Requests sent.' },
    { name: 'served', type: 'number', about: 'Requests answered.' },
    { name: 'refused', type: 'number', about: 'Requests turned away by full queues of pods.' },
    { name: 'lost', type: 'number', about: 'Requests without an endpoint, or sent to a pod that was gone.' },
    { name: 'waiting_mean', type: 'number', about: 'Mean number of requests waiting in pods.' },
    {
      name: 'backlog',
      type: 'number',
      about:
        'Requests that overloaded pods have yet to work on, at its end: sent by then, and not served, refused or lost.',
    },
    { name: 'endpoints_mean', type: 'number', about: 'Mean number of endpoints that requests were sent to.' },
    { name: 'used_cpu_milli', type: 'number', about: 'Mean CPU that the requests took.' },
    { name: 'latency_p50_s', type: 'number', about: 'Median time of the requests answered.' },
    { name: 'latency_p90_s', type: 'number', about: '90th percentile of it.' },
    { name: 'latency_p99_s', type: 'number', about: '99th percentile of it.' },
  ],
})

const C = columnIndex(SERVICES_RECORD)

/** Writes the rows of the record. */
export class ServicesRecord {
  readonly table: RecordTable<(typeof SERVICES_RECORD)['columns'][number]['name']>
  #from: SimTime = 0

  constructor(sink: RecordSink | undefined) {
    this.table = new RecordTable(SERVICES_RECORD, sink)
  }

  /** A row for each account, which has come to `at`; its span is to be closed afterwards. */
  write(at: SimTime, accounts: readonly ServiceAccount[]): void {
    const seconds = (at - this.#from) / SECOND
    this.#from = at
    if (seconds <= 0) return
    const { table } = this
    for (const { namespace, name, recent, backlog } of accounts) {
      table.add()
      table.set(C.time_s, at)
      table.setText(C.namespace, namespace)
      table.setText(C.service, name)
      table.set(C.requests, recent.requests)
      table.set(C.served, recent.served)
      table.set(C.refused, recent.refused)
      table.set(C.lost, recent.lost)
      table.set(C.waiting_mean, recent.waitingSeconds / seconds)
      table.set(C.backlog, backlog)
      table.set(C.endpoints_mean, recent.endpointSeconds / seconds)
      table.set(C.used_cpu_milli, (recent.cpuSeconds / seconds) * 1000)
      table.set(C.latency_p50_s, recent.latency.quantile(0.5))
      table.set(C.latency_p90_s, recent.latency.quantile(0.9))
      table.set(C.latency_p99_s, recent.latency.quantile(0.99))
    }
  }
}
