import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { BEHAVIOURAL_FOLDERS, fidelityTable } from './support/fidelity.js'
import { headerOf, importsOf, PROJECT, type SourceFile, sourceFiles } from './support/source-files.js'

/** House rules as a test, so that nobody has to say them in review. */
const ROOMS = ['engine', 'scenarios', 'experiments', 'reports', 'cli'].filter(room =>
  existsSync(join(PROJECT, room)),
)

/** Inside the engine: a room may import the rooms before it, and those in one row never each other. */
const ENGINE_ROWS: readonly (readonly string[])[] = [
  ['kernel'],
  ['model'],
  ['state'],
  ['record'],
  ['apiserver'],
  ['scheduler', 'controllers', 'kubelet', 'network', 'storage', 'autoscaler', 'load', 'failure', 'operator'],
  ['catalog.ts', 'simulation.ts'],
  ['index.ts'],
]

/** Upstream's autoscaler asks the scheduler's filters, too. */
const DECLARED_EXCEPTION = { from: 'engine/autoscaler/', to: 'engine/scheduler/framework/' }

/** Rooms that may touch files, threads, clocks and the process. */
const MAY_TOUCH_THE_WORLD = [
  'cli/',
  'scenarios/load',
  'scenarios/traces/',
  'scenarios/manifests/',
  'experiments/runner',
  'experiments/worker',
  'experiments/store',
  'reports/',
]

const BANNED_IN_ENGINE: readonly [RegExp, string][] = [
  [/\bnew Date\b|\bDate\.|[^.\w]Date\(/, 'Date: virtual time only'],
  [/\bperformance\./, 'performance: virtual time only'],
  [/\bMath\.random\b/, 'Math.random: draw from a named stream'],
  [/\bset(?:Timeout|Interval|Immediate)\(/, 'timers: schedule an event'],
  [/\bprocess\./, 'process: the engine knows none'],
  [/\basync\b|\bawait\b/, 'async: the engine never waits'],
  [/\blocaleCompare\b/, 'localeCompare: compare code units'],
  [/\bIntl\./, 'Intl: zone tables come from scenarios'],
  [/\bfor \((?:const|let) \w+ in\b/, 'for...in: the order is not ours'],
]

const sources = sourceFiles(...ROOMS)

test('rooms import in one direction, and one another only by the door', t => {
  const faults: string[] = []
  for (const file of sources) {
    const room = file.path.split('/')[0]
    for (const target of importsOf(file)) {
      const other = target.split('/')[0]
      if (other === room) continue
      const inOrder = ROOMS.indexOf(other) >= 0 && ROOMS.indexOf(other) < ROOMS.indexOf(room)
      if (!inOrder) faults.push(`${file.path} imports ${target}, against the order ${ROOMS.join(' <- ')}`)
      else if (target !== `${other}/index.ts`)
        faults.push(`${file.path} imports ${target} past ${other}/index.ts`)
    }
  }
  t.deepEqual(faults, [])
})

test('inside the engine a room imports only the rooms before it', t => {
  const rowOf = (path: string): [number, string] => {
    const name = path.split('/')[1]
    return [ENGINE_ROWS.findIndex(row => row.includes(name)), name]
  }
  const faults: string[] = []
  for (const file of sources.filter(({ path }) => path.startsWith('engine/'))) {
    const [row, name] = rowOf(file.path)
    if (row < 0) faults.push(`${file.path} lies in no known room`)
    for (const target of importsOf(file)) {
      const [otherRow, otherName] = rowOf(target)
      const { from, to } = DECLARED_EXCEPTION
      if (file.path.startsWith(from) && target.startsWith(to)) continue
      if (otherName !== name && otherRow >= row) faults.push(`${file.path} imports ${target}`)
    }
  }
  t.deepEqual(faults, [])
})

test('no imports in circles, types included', t => {
  const graph = new Map(sources.map(file => [file.path, importsOf(file)]))
  const done = new Set<string>()
  const circles: string[] = []
  const visit = (path: string, trail: string[]): void => {
    if (trail.includes(path)) circles.push([...trail.slice(trail.indexOf(path)), path].join(' -> '))
    if (done.has(path) || trail.includes(path)) return
    for (const target of graph.get(path) ?? []) visit(target, [...trail, path])
    done.add(path)
  }
  for (const path of graph.keys()) visit(path, [])
  t.deepEqual(circles, [])
})

test('the engine uses nothing that differs between machines or runs', t => {
  const faults: string[] = []
  for (const file of sources.filter(({ path }) => path.startsWith('engine/'))) {
    file.lines.forEach((line, i) => {
      const code = line.replace(/\/\/.*$/, '').replace(/^\s*(?:\/?\*).*$/, '')
      for (const [pattern, reason] of BANNED_IN_ENGINE) {
        if (pattern.test(code)) faults.push(`${file.path}:${i + 1} ${reason}`)
      }
    })
  }
  t.deepEqual(faults, [])
})

test('files, threads and clocks are touched only at the edges', t => {
  const touching = /from 'node:(?!path|url|util|assert|buffer|crypto|string_decoder|stream)/
  const faults = sources
    .filter(
      ({ path, text }) => touching.test(text) && !MAY_TOUCH_THE_WORLD.some(room => path.startsWith(room)),
    )
    .map(({ path }) => path)
  t.deepEqual(faults, [])
})

test('files and lines keep to their sizes', t => {
  const faults: string[] = []
  for (const file of sources) {
    if (file.lines.length > 350) faults.push(`${file.path} has ${file.lines.length} lines`)
    file.lines.forEach((line, i) => {
      if (line.length > 120) faults.push(`${file.path}:${i + 1} has ${line.length} columns`)
    })
  }
  t.deepEqual(faults, [])
})

test('a behavioural file says what it follows and what it leaves out', t => {
  const behaves = ({ path, text }: SourceFile): boolean =>
    BEHAVIOURAL_FOLDERS.some(folder => path.startsWith(folder)) &&
    /^export (?:class|const|function)/m.test(text)
  const faults = sources
    .filter(behaves)
    .filter(file => {
      const header = headerOf(file)
      return !/Upstream:/.test(header) && !/\b(?:index|interface)\.ts$/.test(file.path)
    })
    .map(({ path }) => path)
  t.deepEqual(faults, [])
})

test('the table of what follows Kubernetes is the one made from the headers of the files', t => {
  t.is(readFileSync(join(PROJECT, 'engine/FIDELITY.md'), 'utf8'), fidelityTable())
})
