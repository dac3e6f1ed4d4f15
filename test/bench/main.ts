/** Runs the benchmarks whose name contains the argument, prints a table, writes `bench-results.json`. */
import { writeFileSync } from 'node:fs'
import Table from 'cli-table3'
import type { Row } from './bench.js'
import { BENCHES } from './benches.js'

const filter = process.argv[2] ?? ''
const chosen = BENCHES.filter(bench => bench.name.includes(filter))
if (chosen.length === 0) {
  console.error(`no benchmark is called ${filter}; there are ${BENCHES.map(bench => bench.name).join(', ')}`)
  process.exitCode = 2
} else {
  const rows = chosen.flatMap(bench => bench.run())
  const columns: (keyof Row)[] = ['bench', 'figure', 'value', 'unit', 'reference', 'ratio', 'goal']
  const table = new Table({ head: columns, style: { head: [], border: [] } })
  for (const row of rows) table.push(columns.map(column => cell(row[column])))
  console.log(table.toString())
  const machine = { node: process.version, platform: process.platform, arch: process.arch }
  writeFileSync('bench-results.json', `${JSON.stringify({ machine, rows }, undefined, 2)}\n`)
}

function cell(value: string | number | undefined): string {
  return typeof value === 'number' ? value.toPrecision(3) : (value ?? '')
}
