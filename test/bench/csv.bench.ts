import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SECOND } from '../../engine/kernel/time.js'
import { podsRecord } from '../../engine/record/pods-record.js'
import { RecordTable } from '../../engine/record/record-table.js'
import { CsvFile } from '../../reports/csv/csv-file.js'
import { OutputDirectory } from '../../reports/output-directory.js'
import type { Bench, Row } from './bench.js'

const BENCH = 'csv'
const PODS = 1_000_000
const MOST_SECONDS = 10
const MOST_MIB = 32
const NODES = 5_000

/** Fills a table of pods as a long run would, times with digits behind the point. */
function fill(table: RecordTable): void {
  const { columns } = table.definition
  for (let pod = 0; pod < PODS; pod++) {
    table.add()
    for (let column = 0; column < columns.length; column++) {
      const { name, type } = columns[column]
      if (type === 'time') table.set(column, pod * 1000 + column * SECOND + 137)
      else if (type === 'integer') table.set(column, pod % (1000 + column))
      else if (name === 'name') table.setText(column, `service-${pod % 500}-7c9f8-${pod}`)
      else if (name === 'node') table.setText(column, `worker-${pod % NODES}`)
      else if (name === 'outcome') table.setText(column, 'succeeded')
      else if (name === 'namespace') table.setText(column, 'default')
    }
  }
  table.close()
}

function csvRows(): Row[] {
  const folder = mkdtempSync(join(tmpdir(), 'kubelapse-csv-'))
  try {
    const out = new OutputDirectory(join(folder, 'results'))
    const file = new CsvFile(out, 'pods.csv')
    globalThis.gc?.()
    const before = process.memoryUsage()
    const start = process.cpuUsage()
    fill(new RecordTable(podsRecord(['cpu', 'memory']), { chunk: chunk => file.chunk('bench', chunk) }))
    const { user, system } = process.cpuUsage(start)
    globalThis.gc?.()
    const after = process.memoryUsage()
    const kept = after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers
    out.commit()
    const seconds = (user + system) / 1e6
    return [
      { bench: BENCH, figure: `${PODS} pods (at most)`, unit: 's', value: seconds, goal: MOST_SECONDS },
      {
        bench: BENCH,
        figure: 'memory kept after it (at most)',
        unit: 'MiB',
        value: kept / 2 ** 20,
        goal: MOST_MIB,
      },
    ]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

export const csvBench: Bench = { name: BENCH, run: csvRows }
