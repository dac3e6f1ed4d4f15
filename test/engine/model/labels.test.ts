import test from 'ava'
import * as fc from 'fast-check'
import { quoted } from '../../../engine/model/field-error.js'
import { labelErrors, selectorErrors } from '../../../engine/model/label-validation.js'
import {
  compileSelector,
  type LabelSelector,
  type Labels,
  readSelector,
  selectorOfLabels,
} from '../../../engine/model/labels.js'
import { parseSelector } from '../../../engine/model/selector-text.js'

function textMatches(text: string, labels: Labels): boolean {
  const read = parseSelector(text)
  if ('error' in read) throw new Error(read.error)
  return read.matches(labels)
}

test('a missing selector selects nothing and an empty one everything', t => {
  for (const missing of [null, undefined]) {
    const selector = compileSelector(missing)!
    t.false(selector.matches({}))
    t.true(selector.selectsNothing)
  }
  for (const empty of [{}, { matchLabels: {} }, { matchLabels: null, matchExpressions: [] }]) {
    t.true(compileSelector(empty)!.matches({}))
    t.true(compileSelector(empty)!.matches({ app: 'web' }))
  }
  t.not(compileSelector(null)!.key, compileSelector({})!.key)
})

test('every requirement must hold; an absent label satisfies NotIn and DoesNotExist only', t => {
  const rows: [LabelSelector, Labels, boolean][] = [
    [{ matchLabels: { app: 'web' } }, { app: 'web', tier: 'a' }, true],
    [{ matchLabels: { app: 'web', tier: 'b' } }, { app: 'web', tier: 'a' }, false],
    [{ matchExpressions: [{ key: 'app', operator: 'In', values: ['web', 'db'] }] }, { app: 'db' }, true],
    [{ matchExpressions: [{ key: 'app', operator: 'In', values: ['web', 'db'] }] }, {}, false],
    [{ matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['web'] }] }, {}, true],
    [{ matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['web'] }] }, { app: 'web' }, false],
    [{ matchExpressions: [{ key: 'app', operator: 'Exists' }] }, { app: '' }, true],
    [{ matchExpressions: [{ key: 'app', operator: 'DoesNotExist' }] }, { app: '' }, false],
    [{ matchExpressions: [{ key: 'app', operator: 'DoesNotExist' }] }, {}, true],
  ]
  for (const [selector, labels, expected] of rows) {
    t.is(compileSelector(selector)!.matches(labels), expected, JSON.stringify([selector, labels]))
  }
})

test('a label named like a member of every object is absent unless it is set', t => {
  const exists = compileSelector({ matchExpressions: [{ key: 'constructor', operator: 'Exists' }] })!
  t.false(exists.matches({}))
  t.true(exists.matches(Object.fromEntries([['constructor', 'x']])))
})

test('Gt and Lt compare 64-bit integers exactly and refuse what is no integer', t => {
  t.true(textMatches('n>9007199254740992', { n: '9007199254740993' }))
  t.false(textMatches('n>9007199254740992', { n: '9007199254740992' }))
  t.true(textMatches('n<10', { n: '-3' }))
  t.false(textMatches('n<10', { n: 'three' }))
  t.false(textMatches('n<10', { n: '9223372036854775808' }), '2^63 is no 64-bit integer')
  t.false(textMatches('n<10', {}))
})

test('selectors of equal meaning share their key, whatever their spelling', t => {
  const key = (text: string) => {
    const read = parseSelector(text)
    return 'error' in read ? read.error : read.key
  }
  const same = ['a=b,c in (x,y),!d', '!d,c in (y,x,y),a==b', 'a in (b),a=b,c in (x,y),!d']
  for (const text of same) t.is(key(text), key(same[0]), text)
  t.is(key('n>5'), key('n>05'))
  t.is(key('a!=b'), key('a notin (b)'))
  t.not(key('a=b'), key('a!=b'))
  t.is(selectorOfLabels({ c: 'd', a: 'b' }).key, key('a=b,c=d'))
})

test('the text of a selector parses to the same selector', t => {
  const key = fc.constantFrom('app', 'tier', 'x.io/zone', 'in', 'notin')
  const values = fc.uniqueArray(fc.constantFrom('', 'a', 'b', '10', 'in'), { minLength: 1 })
  const requirement = fc.oneof(
    fc.record({ key, operator: fc.constantFrom('In', 'NotIn'), values }),
    fc.record({ key, operator: fc.constantFrom('Exists', 'DoesNotExist') }),
  )
  const labels = fc.dictionary(key, fc.constantFrom('', 'a', 'b', '10'))
  fc.assert(
    fc.property(fc.array(requirement), labels, labels, (matchExpressions, matchLabels, given) => {
      const selector = compileSelector({ matchExpressions, matchLabels })!
      const again = parseSelector(selector.text)
      if ('error' in again) return false
      return again.key === selector.key && again.matches(given) === selector.matches(given)
    }),
    { seed: 4 },
  )
  t.pass()
})

test('an unknown operator is refused when compiled and when validated', t => {
  const selector = { matchExpressions: [{ key: 'n', operator: 'Gt', values: ['1'] }] }
  t.deepEqual(readSelector(selector), { error: '"Gt" is not a valid label selector operator' })
  t.is(compileSelector(selector), undefined)
  t.deepEqual(selectorErrors(selector, 'spec.selector'), [
    'spec.selector.matchExpressions[0].operator: Invalid value: "Gt": not a valid selector operator',
  ])
})

test('several faults of one requirement are listed in brackets', t => {
  const read = parseSelector('a>-b')
  t.true('error' in read)
  if (!('error' in read)) return
  t.regex(read.error, /^unable to parse requirement: \[values\[0\]: .+, values\[0\]\[a\]: .+\]$/)
})

test('lengths count bytes, not characters', t => {
  // 32 umlauts are 64 bytes of UTF-8.
  const [tooLong] = labelErrors({ a: 'ä'.repeat(32) }, 'metadata.labels')
  t.regex(tooLong, /must be no more than 63 bytes$/)
  t.notRegex(labelErrors({ a: 'ä'.repeat(31) }, 'metadata.labels')[0], /no more than/)
})

test('strings in errors are quoted as Go quotes them', t => {
  const rows: [string, string][] = [
    ['a"b\\', '"a\\"b\\\\"'],
    ['\n\t\u0000\u007f', '"\\n\\t\\x00\\x7f"'],
    ['ä∈', '"ä∈"'],
    ['\u00a0\u200b\u{e0001}', '"\\u00a0\\u200b\\U000e0001"'],
  ]
  for (const [text, expected] of rows) t.is(quoted(text), expected)
})
