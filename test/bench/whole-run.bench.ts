import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { NEVER } from '../../engine/kernel/time.js'
import { Simulation } from '../../engine/simulation.js'
import { arrivals, model, pool, template } from '../support/model.js'
import { PROJECT } from '../support/source-files.js'
import { type Bench, median, type Row } from './bench.js'
import { plainRandom, ReferenceHeap } from './reference-heap.js'

/** The neutral inputs and the most seconds that will do. */
const PROCESSES = [
  { example: 'neutral-openb', goal: 1 },
  { example: 'syn20k', goal: 1.5 },
  { example: 'syn50k', goal: 4 },
] as const
const TURNS = 3
const MEMORY_GOAL_MIB = 250
const REPORT_MEMORY =
  "data:text/javascript,process.on('exit',()=>process.stderr.write('RSS '+process.resourceUsage().maxRSS))"

/** The whole command with all its records, and a loop over a heap in the same minute to read it by. */
function processRows(): Row[] {
  return PROCESSES.flatMap(({ example, goal }): Row[] => {
    const walls: number[] = []
    const references: number[] = []
    let peakMiB = 0
    for (let turn = 0; turn < TURNS; turn++) {
      references.push(referenceSeconds())
      const { seconds, mebibytes } = runCommand(example)
      walls.push(seconds)
      peakMiB = Math.max(peakMiB, mebibytes)
    }
    const value = median(walls)
    const reference = median(references)
    const bench = 'whole-run'
    const figure = `${example}, whole process (at most)`
    return [
      { bench, figure, unit: 's', value, reference, ratio: value / reference, goal },
      {
        bench,
        figure: `${example}, peak memory (at most)`,
        unit: 'MiB',
        value: peakMiB,
        goal: MEMORY_GOAL_MIB,
      },
    ]
  })
}

/** Four million turns of the reference heap with 1,000 pending events. */
function referenceSeconds(): number {
  const heap = new ReferenceHeap(1001)
  const random = plainRandom(1)
  for (let subject = 0; subject < 1000; subject++) heap.push(Math.floor(random() * 10_000), subject)
  const start = performance.now()
  for (let turn = 0; turn < 4_000_000; turn++) {
    const now = heap.times[0]
    heap.push(now + Math.floor(random() * 10_000), heap.pop())
  }
  return (performance.now() - start) / 1000
}

/** One process from start to end; it says as it exits how much memory it had at most. */
function runCommand(example: string): { readonly seconds: number; readonly mebibytes: number } {
  const out = mkdtempSync(join(tmpdir(), 'kubelapse-bench-'))
  try {
    const file = join(PROJECT, 'scenarios/examples', `${example}.yaml`)
    const command = [join(PROJECT, 'dist/bundle/main.js'), 'run', file, '--out', join(out, 'results')]
    const start = performance.now()
    const { stderr, status } = spawnSync(process.execPath, ['--import', REPORT_MEMORY, ...command], {
      encoding: 'utf8',
    })
    const seconds = (performance.now() - start) / 1000
    if (status !== 0) throw new Error(`${example} ended with ${status}: ${stderr}`)
    return { seconds, mebibytes: Number(/RSS (\d+)/.exec(stderr)?.[1] ?? Number.NaN) / 1024 }
  } finally {
    rmSync(out, { recursive: true, force: true })
  }
}

/** Pods that all stay, so that the time and the bytes of one can be told by the difference. */
function populate(pods: number): { readonly microsPerPod: number; readonly bytesPerPod: number } {
  globalThis.gc?.()
  const before = process.memoryUsage()
  const simulation = new Simulation(
    model({
      nodes: 5_000,
      nodePools: [pool('large', { milliCPU: 64_000 })],
      podTemplates: Array.from({ length: 20 }, (_, i) => template(`${50 + i * 5}m`, `${64 + i}Mi`)),
      traces: [arrivals(pods, 3_000, NEVER, { template: i => i % 20 })],
      controlPlane: { ...model().controlPlane, schedulerClient: { qps: 5_000, burst: 10_000 } },
    }),
  )
  const start = performance.now()
  simulation.run()
  const micros = (performance.now() - start) * 1000
  globalThis.gc?.()
  const after = process.memoryUsage()
  const bytes = after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers
  return { microsPerPod: micros / pods, bytesPerPod: bytes / simulation.state.pods.size }
}

function growthRows(): Row[] {
  populate(10_000)
  const few = populate(10_000)
  const many = populate(300_000)
  const bench = 'whole-run'
  return [
    {
      bench,
      figure: 'time per pod at 300,000 pods, against 10,000 (at most)',
      unit: 'us',
      value: many.microsPerPod,
      reference: few.microsPerPod,
      ratio: many.microsPerPod / few.microsPerPod,
      goal: 1.2,
    },
    {
      bench,
      figure: 'live pod, all of the run counted (at most)',
      unit: 'bytes',
      value: many.bytesPerPod,
      goal: 600,
    },
  ]
}

export const wholeRunBench: Bench = {
  name: 'whole-run',
  run: () => [...growthRows(), ...processRows()],
}
