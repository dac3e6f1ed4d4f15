import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { replaySession } from '../../cli/replay-session.js'
import type { Rooms } from '../../cli/rooms.js'
import type { RunArguments } from '../../cli/run-options.js'
import { runSession } from '../../cli/run-session.js'
import type { Terminal } from '../../cli/terminal.js'
import { validateFiles } from '../../cli/validate-files.js'
import type { SimulationModel } from '../../engine/index.js'
import { NEVER } from '../../engine/index.js'
import {
  DEFAULT_CONTROL_PLANE,
  DEFAULT_KUBELET,
  DEFAULT_POD_INITIAL_BACKOFF,
  DEFAULT_POD_MAX_BACKOFF,
  DEFAULT_SCHEDULER_COSTS,
} from '../../engine/model/defaults.js'
import { RECORD_NAMES } from '../../engine/record/record-names.js'
import type { Expectation } from '../../reports/index.js'
import type { LoadedScenario } from '../../scenarios/index.js'
import { resultOf, smallRun } from '../support/hand-driven.js'

/** What the scenario files of these tests hold: the rooms below read JSON and run the small cluster. */
interface FakeScenario {
  readonly variants: readonly string[]
  readonly seed: string
  /** A second in which one more event happens. */
  readonly extraAt?: number
  readonly expect?: readonly Expectation[]
}

function modelOf(scenario: FakeScenario, variant: string): SimulationModel {
  return {
    name: variant,
    about: '',
    seed: scenario.seed,
    until: NEVER,
    maxEvents: scenario.extraAt ?? 0,
    epochSeconds: 0,
    timeZones: {},
    controlPlane: DEFAULT_CONTROL_PLANE,
    kubelet: DEFAULT_KUBELET,
    scheduler: {
      profiles: [],
      percentageOfNodesToScore: 0,
      tieBreak: 'random',
      podInitialBackoff: DEFAULT_POD_INITIAL_BACKOFF,
      podMaxBackoff: DEFAULT_POD_MAX_BACKOFF,
      costs: DEFAULT_SCHEDULER_COSTS,
    },
    nodePools: [],
    podTemplates: [],
    traces: [],
    operations: [],
    failures: [],
    measure: { interval: 10e6, records: RECORD_NAMES },
  }
}

const ROOMS: Rooms = {
  loadScenario(file) {
    const text = readFileSync(file, 'utf8')
    if (!text.startsWith('{')) {
      const issue = { file, line: 1, column: 1, path: 'nodes', message: 'expected a list' }
      return Promise.resolve({ issues: [issue] })
    }
    const scenario = JSON.parse(text) as FakeScenario
    const loaded: LoadedScenario = {
      name: 'small',
      variants: scenario.variants.map(name => ({ name, model: modelOf(scenario, name) })),
      expectations: scenario.expect ?? [],
      inputs: [],
      ignored: [],
    }
    return Promise.resolve(loaded)
  },
  simulate(model, options) {
    const run = smallRun(options.records ?? RECORD_NAMES, options.sink)
    if (options.trail === true) run.kernel.keepTrail()
    if (options.trace !== undefined) run.kernel.trace(options.trace.from, options.trace.to)
    // Seed 2 has an event of its own at 35 s, and so has a scenario that says so.
    if (model.seed === '2') run.at(35, () => undefined)
    if (model.maxEvents > 0) run.at(model.maxEvents, () => undefined)
    return { ...resultOf(run, model.name), seed: model.seed, traced: run.kernel.traced }
  },
}

/** A directory with one scenario file, and what the commands say there. */
class Sandbox {
  readonly directory = mkdtempSync(join(tmpdir(), 'kubelapse-cli-'))
  readonly file = join(this.directory, 'small.yaml')
  readonly out = join(this.directory, 'out')
  readonly lines: string[] = []
  readonly terminal: Terminal = {
    out: line => this.lines.push(line),
    error: line => this.lines.push(line),
  }

  constructor(scenario: Partial<FakeScenario> = {}) {
    this.write({ variants: ['spread', 'pack'], seed: '1', ...scenario })
  }

  write(scenario: FakeScenario): void {
    writeFileSync(this.file, JSON.stringify(scenario))
  }

  run(args: Partial<RunArguments> = {}, atLeast = 1): ReturnType<typeof runSession> {
    const { file, out, terminal } = this
    const rest = {
      seed: undefined,
      until: undefined,
      variant: undefined,
      report: undefined,
      records: undefined,
      explain: undefined,
    }
    return runSession({ file, out, set: [], use: [], ...rest, ...args }, { atLeast, rooms: ROOMS, terminal })
  }

  replay(): ReturnType<typeof replaySession> {
    this.lines.length = 0
    return replaySession(join(this.out, 'manifest.json'), { rooms: ROOMS, terminal: this.terminal })
  }

  editManifest(edit: (text: string) => string): void {
    const path = join(this.out, 'manifest.json')
    const text = readFileSync(path, 'utf8')
    writeFileSync(path, edit(text))
  }

  get said(): string {
    return this.lines.join('\n')
  }
}

const FILES = [
  'allocation_cpu_share.svg',
  'allocation_memory_share.svg',
  'columns.md',
  'digest-trail.txt',
  'manifest.json',
  'nodes_in_use.svg',
  'pods_unscheduled.svg',
  'runs.csv',
  ...RECORD_NAMES.map(name => `${name}.csv`),
  'trace-pack.json',
  'trace-spread.json',
].sort()

test('a run writes every file, shows the variants side by side and says what next', async t => {
  const box = new Sandbox()
  t.is(await box.run(), 0)
  t.deepEqual(readdirSync(box.out).sort(), FILES)
  t.regex(box.said, /spread.*pack/)
  t.regex(box.said, /warning:.* spread: 2 of 4 pods never got a node \(1 waiting, 1 insufficient resources\)/)
  t.regex(box.said, /Wrote .*pods\.csv/)
  t.regex(box.said, /Try next:/)
})

test('two runs with the same choices write the same bytes', async t => {
  const box = new Sandbox()
  await box.run()
  await box.run({ out: join(box.directory, 'again') })
  for (const file of FILES) {
    const [first, second] = [box.out, join(box.directory, 'again')].map(at =>
      readFileSync(join(at, file), 'utf8'),
    )
    t.is(first, second, file)
  }
})

test('only the chosen variants, reports and records are run and written', async t => {
  const box = new Sandbox()
  t.is(await box.run({ variant: ['pack'], report: ['runs', 'nodes'] }), 0)
  t.deepEqual(readdirSync(box.out).sort(), [
    'columns.md',
    'digest-trail.txt',
    'manifest.json',
    'nodes.csv',
    'runs.csv',
  ])
  t.notRegex(readFileSync(join(box.out, 'runs.csv'), 'utf8'), /^spread,/m)
})

test('--report none writes nothing and still shows the summary', async t => {
  const box = new Sandbox()
  t.is(await box.run({ report: [] }), 0)
  t.false(existsSync(box.out))
  t.regex(box.said, /pods created/)
})

for (const [what, args, message] of [
  ['an unknown variant', { variant: ['stack'] }, /no variant stack; the scenario has spread, pack/],
  ['an unknown report', { report: ['pod'] }, /no report pod; there are runs, pods/],
  ['an unknown record', { records: ['pod'] }, /no record pod; there are pods, nodes/],
  ['a report without its record', { report: ['pods'], records: [] }, /needs the record pods/],
  ['a limit that is no duration', { until: '90' }, /--until 90 is no duration/],
  ['a module that is not there', { use: ['absent.js'] }, /--use absent\.js: there is no such file/],
] as const) {
  test(`${what} is answered with one message, exit code 2 and nothing written`, async t => {
    const box = new Sandbox()
    t.is(await box.run(args), 2)
    t.regex(box.said, message)
    t.is(box.lines.length, 1)
    t.deepEqual(readdirSync(box.directory), ['small.yaml'])
  })
}

test('a mistake in the scenario is shown with its place, exit code 2 and nothing written', async t => {
  const box = new Sandbox()
  writeFileSync(box.file, 'nodes: 3')
  t.is(await box.run(), 2)
  t.regex(box.said, /small\.yaml:1:1 .*nodes.*: expected a list\n.*1 mistake; nothing was run/)
  t.deepEqual(readdirSync(box.directory), ['small.yaml'])
  t.is(await validateFiles([box.file], { rooms: ROOMS, terminal: box.terminal }), 2)
})

test('a foreign directory is left alone', async t => {
  const box = new Sandbox()
  mkdirSync(box.out)
  copyFileSync(box.file, join(box.out, 'precious.txt'))
  t.is(await box.run(), 2)
  t.regex(box.said, /holds no earlier output of kubelapse/)
  t.deepEqual(readdirSync(box.out), ['precious.txt'])
})

test('comparing needs two variants', async t => {
  const box = new Sandbox({ variants: ['only'] })
  t.is(await box.run({}, 2), 2)
  t.regex(box.said, /one variant/)
})

test('an expectation that fails gives exit code 1 and the results all the same', async t => {
  const expect: readonly Expectation[] = [
    { metric: 'pods_created', comparison: '==', value: 4 },
    { metric: 'pods_never_scheduled', comparison: '<=', value: 0, variant: 'pack' },
  ]
  const box = new Sandbox({ expect })
  t.is(await box.run(), 1)
  t.regex(box.said, /failed:.* pack: expected pods_never_scheduled <= 0, it is 2/)
  t.regex(box.said, /2 of 3 expectations hold/)
  t.true(existsSync(join(box.out, 'pods.csv')))
})

test('a replay of an untouched output is identical', async t => {
  const box = new Sandbox()
  await box.run({ seed: '7', report: ['runs', 'pods'] })
  t.is(await box.replay(), 0)
  t.regex(box.said, /identical: every event and all 4 files \(digests: spread [0-9a-f]{16}, pack /)
})

test('a replay with another seed names the first divergent event with its time', async t => {
  const box = new Sandbox()
  await box.run()
  box.editManifest(text => text.replace('"choices": {', '"choices": {\n  "seed": "2",'))
  t.is(await box.replay(), 1)
  // Events 0 to 5 are the steps at 0, 0, 10, 20 and 30 s; the sixth is the one at 35 s.
  t.regex(box.said, /spread: replayed with seed 2, ran with 1/)
  t.regex(box.said, /spread: first divergent event: event 5, test\/Step\(\d+, 0\), at virtual time 35s/)
  t.regex(box.said, /different output: runs\.csv/)
})

test('a scenario changed since names the file, the model and the event', async t => {
  const box = new Sandbox()
  await box.run()
  box.write({ variants: ['spread', 'pack'], seed: '1', extraAt: 60 })
  t.is(await box.replay(), 1)
  t.regex(box.said, /changed input: \.\.\/small\.yaml has sha256 [0-9a-f]{64}, the manifest says/)
  t.regex(box.said, /pack: the model has hash/)
  t.regex(box.said, /pack: first divergent event: event 7, .* at virtual time 1m0s/)
  t.regex(box.said, /not identical: /)
})

test('a digest changed in the manifest is found without the trail, too', async t => {
  const box = new Sandbox()
  await box.run()
  box.editManifest(text => text.replace(/("hash": ")[0-9a-f]{4}/, '$10000'))
  t.is(await box.replay(), 1)
  t.regex(box.said, /spread: the digests part between event 0 \(0s\) and event \d+ \(1m20s\)/)
})

test('a result hash changed in the manifest names the file', async t => {
  const box = new Sandbox()
  await box.run()
  const hash = /"file": "pods\.csv",\s+"bytes": \d+,\s+"sha256": "([0-9a-f]{8})/
  box.editManifest(text => text.replace(hash, whole => whole.slice(0, -8).concat('00000000')))
  t.is(await box.replay(), 1)
  t.regex(box.said, /different output: pods\.csv has sha256/)
  t.regex(box.said, /not identical: 1 difference/)
})

test('a file that is no manifest, or whose inputs are gone, cannot be replayed', async t => {
  const box = new Sandbox()
  const { terminal } = box
  t.is(await replaySession(box.file, { rooms: ROOMS, terminal }), 2)
  t.regex(box.said, /is no manifest of kubelapse: its format is not/)
  t.is(await replaySession(join(box.directory, 'absent.json'), { rooms: ROOMS, terminal }), 2)
  await box.run()
  box.editManifest(text => text.replaceAll('../small.yaml', '../gone.yaml'))
  t.is(await box.replay(), 2)
  t.regex(box.said, /gone\.yaml, which the manifest names, is not there/)
})
