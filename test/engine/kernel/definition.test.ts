import test from 'ava'
import { define, resolveArgs } from '../../../engine/kernel/definition.js'
import { didYouMean } from '../../../engine/kernel/did-you-mean.js'
import { InvariantViolation } from '../../../engine/kernel/invariant.js'

const retry = define({
  name: 'Retry',
  args: {
    limit: 3,
    delay: '90s',
    mode: 'fast',
    verbose: false,
    weights: [1],
    nested: { depth: 2 },
    extra: null,
  },
  check: args => (args.limit < 0 ? ['limit must not be negative'] : []),
  create: (context: { base: number }, args) => context.base + args.limit,
})

test('given arguments go over the defaults, deeply', t => {
  const { args, issues } = resolveArgs(retry, {
    limit: 5,
    delay: '1m30s',
    weights: [2, 3],
    nested: { depth: 7 },
    extra: [1],
  })
  t.deepEqual(issues, [])
  t.deepEqual<unknown, unknown>(args, {
    limit: 5,
    delay: '1m30s',
    mode: 'fast',
    verbose: false,
    weights: [2, 3],
    nested: { depth: 7 },
    extra: [1],
  })
  t.is(retry.create({ base: 10 }, args), 15)
  t.true(Object.isFrozen(args.nested))
})

test('without arguments the defaults hold', t => {
  t.deepEqual(resolveArgs(retry, undefined), { args: retry.args, issues: [] })
})

test('all that does not fit is told at once, with its place', t => {
  const rows: [unknown, string[]][] = [
    [7, ['args: expected an object, got 7']],
    [{ limt: 1 }, ['args.limt: unknown key "limt"; did you mean "limit"?']],
    [
      { zzzzzz: 1 },
      ['args.zzzzzz: unknown key "zzzzzz"; known are limit, delay, mode, verbose, weights, nested, extra'],
    ],
    [
      { limit: '5', verbose: 1 },
      ['args.limit: expected a number, got "5"', 'args.verbose: expected a boolean, got 1'],
    ],
    [{ limit: Infinity }, ['args.limit: expected a finite number, got Infinity']],
    [{ delay: 90 }, ['args.delay: expected a duration such as "90s", got 90']],
    [{ delay: 'soon' }, ['args.delay: expected a duration such as "90s", got "soon"']],
    [{ mode: null }, ['args.mode: expected a string, got null']],
    [{ weights: 1 }, ['args.weights: expected a list, got 1']],
    [{ weights: [1, 'x'] }, ['args.weights[1]: expected a number, got "x"']],
    [{ nested: { deph: 1 } }, ['args.nested.deph: unknown key "deph"; did you mean "depth"?']],
    [{ nested: [] }, ['args.nested: expected an object, got a list']],
    [{ limit: -1 }, ['args: Retry: limit must not be negative']],
  ]
  for (const [given, expected] of rows) {
    t.deepEqual(
      resolveArgs(retry, given).issues.map(({ path, message }) => `${path}: ${message}`),
      expected,
    )
  }
})

test('keys that every object inherits are unknown too', t => {
  t.is(resolveArgs(retry, { constructor: 1 }).issues.length, 1)
  t.is(resolveArgs(retry, JSON.parse('{"__proto__": {"limit": 9}}')).issues.length, 1)
})

test('a definition needs a name', t => {
  t.throws(() => define({ name: '', args: {}, create: () => 1 }), { instanceOf: InvariantViolation })
})

test('the nearest candidate is meant, or none', t => {
  const words = ['LeastAllocated', 'MostAllocated', 'cpu']
  const rows: [string, string | undefined][] = [
    ['leastallocated', 'LeastAllocated'],
    ['MostAlocated', 'MostAllocated'],
    ['cup', 'cpu'],
    ['memory', undefined],
    ['', undefined],
  ]
  for (const [word, meant] of rows) t.is(didYouMean(word, words), meant, word)
})
