import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { PROJECT } from '../support/source-files.js'

/** What users run; `npm run build` makes it. */
const MAIN = join(PROJECT, 'dist/bundle/main.js')

interface Answer {
  readonly code: number | null
  readonly out: string
  readonly error: string
  /** Files left in the directory the command ran in. */
  readonly left: readonly string[]
}

function emptyDirectory(): string {
  return mkdtempSync(join(tmpdir(), 'kubelapse-main-'))
}

/** Runs the command in an empty directory, as a shell would: no terminal, another language. */
function kubelapse(...words: readonly string[]): Answer {
  return kubelapseIn(emptyDirectory(), ...words)
}

function kubelapseIn(cwd: string, ...words: readonly string[]): Answer {
  const env = { ...process.env, LC_ALL: 'de_DE.UTF-8', NO_COLOR: '1', FORCE_COLOR: '0' }
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...words], {
    cwd,
    env,
    encoding: 'utf8',
  })
  return { code: status, out: stdout, error: stderr, left: readdirSync(cwd) }
}

test('the bundle does what the compiled modules do', t => {
  const scenario = join(PROJECT, 'scenarios/examples/bin-packing.yaml')
  const filesBy = (main: string): readonly string[] => {
    const folder = emptyDirectory()
    const { status } = spawnSync(process.execPath, [main, 'run', scenario, '--out', folder])
    t.is(status, 0)
    const names = readdirSync(folder).filter(name => name.endsWith('.csv'))
    return names.map(name => `${name}: ${readFileSync(join(folder, name), 'utf8')}`)
  }
  const files = filesBy(MAIN)
  t.true(files.length > 0)
  t.deepEqual(files, filesBy(join(PROJECT, 'dist/cli/main.js')))
})

test('--version prints the version of the package and nothing else', t => {
  t.like(kubelapse('--version'), { code: 0, out: '0.1.0\n', error: '' })
})

for (const words of [[], ['--help'], ['-h']]) {
  test(`kubelapse ${words.join(' ')} explains itself in English, whatever the locale`, t => {
    const { code, out, error } = kubelapse(...words)
    t.is(code, 0)
    t.regex(out, /Commands:[^]*compare[^]*replay[^]*Examples:[^]*Exit codes:/)
    t.is(error, '')
  })
}

for (const command of ['run', 'compare', 'validate', 'list', 'schema', 'replay']) {
  test(`kubelapse ${command} --help shows an example`, t => {
    const { code, out } = kubelapse(command, '--help')
    t.is(code, 0)
    t.regex(out, new RegExp(`Examples:\\s+kubelapse ${command}`))
  })
}

for (const [line, message] of [
  ['rnu x.yaml', /^There is no command rnu; did you mean run\?\nSee: kubelapse --help\n$/],
  ['explode', /^There is no command explode; there are run, compare/],
  ['run', /^The command needs a name after it[^]*See: kubelapse run --help\n$/],
  ['run x.yaml --sed 3', /^There is no place for sed; did you mean --seed\?\nSee: kubelapse run --help\n$/],
  ['run x.yaml --seed 3 --seed 4', /^--seed is given more than once\n/],
  ['run x.yaml y.yaml', /^There is no place for y\.yaml/],
  ['list planets', /^there is no list of planets; there are metrics, plugins, profiles, /],
  ['replay absent.json', /^absent\.json: there is no such file\n$/],
] as const) {
  test(`kubelapse ${line} is refused with exit code 2, one message and nothing written`, t => {
    const { code, out, error, left } = kubelapse(...line.split(' '))
    t.is(code, 2)
    t.is(out, '')
    t.regex(error, message)
    t.deepEqual(left, [])
  })
}

test('list names every kind, and every entry of one with a sentence', t => {
  const kinds = kubelapse('list').out.trim().split('\n')
  t.true(kinds.length >= 3)
  for (const kind of kinds.map(line => line.split(' ')[0])) {
    const { code, out } = kubelapse('list', kind)
    t.is(code, 0)
    for (const line of out.trim().split('\n')) t.regex(line, /^\S+ {2,}\S/, kind)
  }
})

/** Two nodes of 4 cpus and five pods of 2: the fifth fits only after the first ones have ended. */
const SCENARIO = `
name: five
nodes: [{ name: node, count: 2, capacity: { cpu: 4, memory: 8Gi } }]
timeline:
  - { at: 1s, op: createPods, name: p, count: 5, runFor: 30s, requests: { cpu: 2 } }
measure: { records: [pods, nodes, time-series, events] }
expect: [{ pods_succeeded: 5, wait_max_s: '> 30' }]
variants:
  spread: { scheduler: { profile: default } }
  pack: { scheduler: { profile: most-allocated } }
`

function withScenario(text = SCENARIO): string {
  const cwd = emptyDirectory()
  writeFileSync(join(cwd, 'five.yaml'), text)
  return cwd
}

test('a scenario is compared, its results are written, and a replay is identical', t => {
  const cwd = withScenario()
  const { code, out, error } = kubelapseIn(cwd, 'compare', 'five.yaml')
  t.is(code, 0)
  t.is(error, '')
  t.regex(out, /pods succeeded +│ +5 +│ +5 /)
  t.regex(out, /4 of 4 expectations hold/)
  const pods = readFileSync(join(cwd, 'out/five/pods.csv'), 'utf8').trim().split('\n')
  t.is(pods.length, 1 + 2 * 5)
  const manifest = JSON.parse(readFileSync(join(cwd, 'out/five/manifest.json'), 'utf8')) as object
  t.like(manifest, { scenario: { file: '../../five.yaml' }, timeZoneData: process.versions['tz'] })
  const replay = kubelapseIn(cwd, 'replay', 'out/five/manifest.json')
  t.like(replay, { code: 0, error: '' })
  t.regex(replay.out, /^identical: every event/)
})

test('the same seed gives the same bytes, and another one is told apart', t => {
  const cwd = withScenario()
  const runs = [
    ['a', '1'],
    ['b', '1'],
    ['c', '2'],
  ].map(([out, seed]) => {
    t.is(kubelapseIn(cwd, 'run', 'five.yaml', '--seed', seed, '--out', out).code, 0)
    return readFileSync(join(cwd, out, 'runs.csv'), 'utf8')
  })
  t.is(runs[0], runs[1])
  t.regex(runs[2], /\nspread,2,drained,/)
})

test('a field changed with --set counts, and a limit ends the run', t => {
  const cwd = withScenario()
  const { code, out } = kubelapseIn(
    cwd,
    ...['run', 'five.yaml', '--variant', 'pack', '--set', 'nodes.0.count=0', '--until', '1m'],
  )
  t.is(code, 1)
  t.regex(out, /warning: pack: not one of 5 pods was scheduled \(5 no nodes\)/)
  t.regex(out, /failed: pack: expected pods_succeeded == 5, it is 0/)
  t.regex(readFileSync(join(cwd, 'out/five/runs.csv'), 'utf8'), /\npack,1,until,[0-9a-f]{16},60,5,0,5,/)
})

test('a mistake in a scenario is told with file, line and column; nothing is written', t => {
  const cwd = withScenario(SCENARIO.replace('count: 2', 'conut: 2'))
  const { code, out, error } = kubelapseIn(cwd, 'run', 'five.yaml')
  t.like({ code, out }, { code: 2, out: '' })
  t.regex(error, /^five\.yaml:3:\d+ .*conut.*did you mean.*count/)
  t.deepEqual(readdirSync(cwd), ['five.yaml'])
  t.is(kubelapseIn(cwd, 'validate', 'five.yaml').code, 2)
})

/** A plugin as a stranger writes it, beside the scenario and without the project's sources. */
const PLUGIN = `
export const never = {
  name: 'Never',
  args: { about: 'a full moon' },
  create(handle, args) {
    const reason = handle.reason('node(s) waited for ' + args.about)
    return {
      filter(_, nodes) {
        for (let i = 0; i < nodes.length; i++) nodes.reason[nodes.ids[i]] = reason
        nodes.length = 0
      },
    }
  },
}
`

test('a plugin loaded with --use can be named in a profile and decides', t => {
  const profile = 'scheduler: { profiles: [{ plugins: { filter: { enabled: [{ name: Never }] } } }] }'
  const cwd = withScenario(`${SCENARIO.slice(0, SCENARIO.indexOf('expect:'))}${profile}\nduration: 1m\n`)
  writeFileSync(join(cwd, 'never.mjs'), PLUGIN)
  t.is(kubelapseIn(cwd, 'run', 'five.yaml').code, 2)
  const { code, out } = kubelapseIn(cwd, 'run', 'five.yaml', '--use', 'never.mjs')
  t.is(code, 0)
  t.regex(out, /not one of 5 pods was scheduled \(5 other\)/)
  t.regex(readFileSync(join(cwd, 'out/five/pods.csv'), 'utf8'), /2 node\(s\) waited for a full moon/)
  t.is(kubelapseIn(cwd, 'replay', 'out/five/manifest.json').code, 0)
})

test('a module without a plugin is refused', t => {
  const cwd = withScenario()
  writeFileSync(join(cwd, 'empty.mjs'), 'export const nothing = 1')
  const { code, error } = kubelapseIn(cwd, 'run', 'five.yaml', '--use', 'empty.mjs')
  t.is(code, 2)
  t.regex(error, /--use empty\.mjs: it exports nothing made by definePlugin/)
})
