import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { PROJECT } from '../support/source-files.js'

const MAIN = join(PROJECT, 'dist/cli/main.js')

interface Answer {
  readonly code: number | null
  readonly out: string
  readonly error: string
  /** Files left in the directory the command ran in. */
  readonly left: readonly string[]
}

/** Runs the command in an empty directory, as a shell would: no terminal, another language. */
function kubelapse(...words: readonly string[]): Answer {
  const cwd = mkdtempSync(join(tmpdir(), 'kubelapse-main-'))
  const env = { ...process.env, LC_ALL: 'de_DE.UTF-8', NO_COLOR: '1', FORCE_COLOR: '0' }
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...words], {
    cwd,
    env,
    encoding: 'utf8',
  })
  return { code: status, out: stdout, error: stderr, left: readdirSync(cwd) }
}

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
  ['list planets', /^there is no list of planets; there are metrics, records, reports/],
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
