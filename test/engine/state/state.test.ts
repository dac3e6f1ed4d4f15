import test from 'ava'
import { Kernel } from '../../../engine/kernel/kernel.js'
import { MILLISECOND } from '../../../engine/kernel/time.js'
import { Change, ChangeLog, Source } from '../../../engine/state/change-log.js'
import { Informer } from '../../../engine/state/informer.js'
import { ObjectTable } from '../../../engine/state/objects.js'
import { Table } from '../../../engine/state/table.js'

type Row = number & { readonly brand: 'Row' }

class Rows extends Table<Row> {
  weight: Int32Array = this.column('weight', Int32Array, -1)
  readonly text = this.values<string>()
  amounts: Float64Array = this.matrix('amounts', 'width', 2)
  width = 2

  add(): Row {
    return this.allocate()
  }

  remove(row: Row): void {
    this.free(row)
  }
}

test('a table that starts with one row grows without losing a value', t => {
  const rows = new Rows(1)
  for (let i = 0; i < 100; i++) {
    const row = rows.add()
    rows.weight[row] = i
    rows.amounts[row * rows.width + 1] = i / 2
    if (i === 50) rows.widen(3)
  }
  t.is(rows.size, 100)
  for (let i = 0; i < 100; i++) {
    t.is(rows.weight[i], i)
    t.is(rows.amounts[i * rows.width + 1], i / 2)
    t.is(rows.amounts[i * rows.width], 0)
  }
})

test('a released row comes back with its initial values', t => {
  const rows = new Rows(4)
  const row = rows.add()
  rows.weight[row] = 7
  rows.text[row] = 'seven'
  rows.amounts[row * rows.width] = 3
  const attached = rows.attach(Float64Array, 9)
  attached.values[row] = 1
  rows.remove(row)
  t.is(rows.add(), row)
  t.is(rows.weight[row], -1)
  t.deepEqual(rows.text, [undefined])
  t.is(rows.amounts[row * rows.width], 0)
  t.is(attached.values[row], 9)
  t.is(rows.size, 1)
})

test('an attached column follows the growth of its table', t => {
  const rows = new Rows(1)
  const attached = rows.attach(Uint8Array, 1)
  for (let i = 0; i < 20; i++) {
    const row = rows.add()
    attached.values[row] = i
  }
  t.deepEqual(
    [...attached.values.subarray(0, 20)],
    Array.from({ length: 20 }, (_, i) => i),
  )
})

function watched(latency: number): {
  kernel: Kernel
  log: ChangeLog
  informer: Informer
  seen: [number, number, number][]
  reclaimed: number[]
} {
  const kernel = new Kernel()
  const reclaimed: number[] = []
  const log = new ChangeLog(16, new ObjectTable(1), (_, row) => reclaimed.push(row))
  const informer = new Informer(kernel, log, 'test', latency)
  const seen: [number, number, number][] = []
  informer.subscribe(Source.Pods, Change.Added | Change.Deleted, (row, fields) => {
    seen.push([kernel.now, row, fields])
  })
  return { kernel, log, informer, seen, reclaimed }
}

test('an informer delivers what was asked for, in order, its latency after each write', t => {
  const { kernel, log, seen } = watched(5 * MILLISECOND)
  const write = kernel.on('test/Write', 0, (row, fields) => {
    log.append(Source.Pods, row, fields, kernel.now)
  })
  kernel.schedule(0, write, 1, Change.Added)
  kernel.schedule(1000, write, 2, Change.Added)
  kernel.schedule(1000, write, 1, Change.Ready)
  kernel.schedule(9000, write, 1, Change.Deleted)
  kernel.run()
  t.deepEqual(seen, [
    [5000, 1, Change.Added],
    [6000, 2, Change.Added],
    [14000, 1, Change.Deleted],
  ])
})

test('a row is listed only from the delivery of its creation to the delivery of its removal', t => {
  const { kernel, log, informer } = watched(5 * MILLISECOND)
  const created = log.append(Source.Pods, 1, Change.Added, 0)
  t.false(informer.sees(created, 0))
  kernel.run()
  t.true(informer.sees(created, 0))
  const deleted = log.append(Source.Pods, 1, Change.Deleted, kernel.now)
  t.true(informer.sees(created, deleted))
  kernel.run()
  t.false(informer.sees(created, deleted))
})

test('a removed row is reclaimed only after every informer has seen the removal', t => {
  const { kernel, log, reclaimed } = watched(5 * MILLISECOND)
  log.append(Source.Pods, 1, Change.Added, 0)
  log.append(Source.Pods, 1, Change.Deleted, 0)
  for (let i = 0; i < 600; i++) log.append(Source.Pods, 2, Change.Ready, 0)
  t.deepEqual(reclaimed, [])
  kernel.run()
  for (let i = 0; i < 600; i++) log.append(Source.Pods, 2, Change.Ready, kernel.now)
  t.deepEqual(reclaimed, [1])
})

test('a slow informer sees everything a fast one sees, in the same order', t => {
  const { kernel, log, seen } = watched(0)
  const late: number[] = []
  const slow = new Informer(kernel, log, 'slow', 60_000_000)
  slow.subscribe(Source.Pods, Change.Added | Change.Deleted, row => late.push(row))
  const write = kernel.on('test/Write', 0, row => {
    log.append(Source.Pods, row, Change.Added, kernel.now)
  })
  for (let i = 0; i < 500; i++) kernel.schedule((i * 7919) % 100_000, write, i)
  kernel.run()
  t.is(late.length, 500)
  t.deepEqual(
    late,
    seen.map(([, row]) => row),
  )
})
