import test from 'ava'
import {
  compileNodeSelector,
  type NodeSelectorTerm,
  readNodePreferences,
  requiredNodeNames,
} from '../../../engine/model/node-affinity.js'

const labels = { zone: 'a', cpus: '16' }

function isMatching(...nodeSelectorTerms: NodeSelectorTerm[]): boolean {
  return compileNodeSelector({ nodeSelectorTerms }).matches(labels, 'node-1')
}

test('terms are alternatives, requirements add up, and an empty term matches nothing', t => {
  const inA = { key: 'zone', operator: 'In', values: ['a'] }
  const inB = { key: 'zone', operator: 'In', values: ['b'] }
  const rows: [NodeSelectorTerm[], boolean][] = [
    [[], false],
    [[{}], false],
    [[{ matchExpressions: [] }, { matchExpressions: [inA] }], true],
    [[{ matchExpressions: [inB] }, { matchExpressions: [inA] }], true],
    [[{ matchExpressions: [inA, inB] }], false],
    [[{ matchExpressions: [{ key: 'cpus', operator: 'Gt', values: ['8'] }] }], true],
    [[{ matchExpressions: [{ key: 'cpus', operator: 'Lt', values: ['16'] }] }], false],
    [[{ matchExpressions: [{ key: 'gpu', operator: 'DoesNotExist' }] }], true],
    [[{ matchExpressions: [{ key: 'zone', operator: 'NotIn', values: ['a'] }] }], false],
    [[{ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['node-1'] }] }], true],
    [[{ matchFields: [{ key: 'metadata.name', operator: 'NotIn', values: ['node-1'] }] }], false],
    [
      [
        {
          matchExpressions: [inB],
          matchFields: [{ key: 'metadata.name', operator: 'In', values: ['node-1'] }],
        },
      ],
      false,
    ],
  ]
  for (const [terms, expected] of rows) t.is(isMatching(...terms), expected, JSON.stringify(terms))
})

test('a term that cannot be parsed matches nothing and leaves the others alone', t => {
  const broken = { matchExpressions: [{ key: 'cpus', operator: 'Gt', values: ['many'] }] }
  const good = { matchExpressions: [{ key: 'zone', operator: 'Exists' }] }
  t.false(isMatching(broken))
  t.true(isMatching(broken, good))
  const rows: [NodeSelectorTerm, string][] = [
    [
      broken,
      'nodeSelectorTerms[0].matchExpressions[0].values[0]: Invalid value: "many": ' +
        "for 'Gt', 'Lt' operators, the value must be an integer",
    ],
    [
      { matchExpressions: [{ key: 'a', operator: 'Near' }] },
      'nodeSelectorTerms[0].matchExpressions[0].operator: Unsupported value: "Near": ' +
        'supported values: "In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"',
    ],
    [
      { matchFields: [{ key: 'metadata.name', operator: 'In', values: ['a', 'b'] }] },
      'nodeSelectorTerms[0].matchFields[0].values: Invalid value: ["a","b"]: must have one element',
    ],
  ]
  for (const [term, error] of rows) t.is(compileNodeSelector({ nodeSelectorTerms: [term] }).error, error)
})

test('the score is the sum of the weights of matching preferences', t => {
  const preference = (value: string) => ({
    matchExpressions: [{ key: 'zone', operator: 'In', values: [value] }],
  })
  const read = readNodePreferences([
    { weight: 10, preference: preference('a') },
    { weight: 20, preference: preference('b') },
    { weight: 5, preference: {} },
    { weight: 3, preference: { matchExpressions: [{ key: 'cpus', operator: 'Exists' }] } },
    { weight: 0, preference: { matchExpressions: [{ key: 'cpus', operator: 'Near' }] } },
  ])
  t.false('error' in read)
  if ('error' in read) return
  t.is(read.score(labels, 'node-1'), 13) // 10 for the zone, 3 for the cpus
  t.is(read.score({ zone: 'b' }, 'node-2'), 20)
})

test('a preference that cannot be parsed is an error of the whole', t => {
  const broken = { matchExpressions: [{ key: 'zone', operator: 'In' }] }
  const read = readNodePreferences([{ weight: 1, preference: broken }])
  const values = '[0].matchExpressions[0].values'
  const why = "Invalid value: null: for 'in', 'notin' operators, values set can't be empty"
  t.deepEqual(read, { error: `${values}: ${why}` })
})

test('names restrict the search only when every term gives some; within a term they must agree', t => {
  const named = (...values: string[]) => ({ key: 'metadata.name', operator: 'In', values })
  const names = (...nodeSelectorTerms: NodeSelectorTerm[]) => {
    const found = requiredNodeNames({ nodeSelectorTerms })
    return found === undefined ? undefined : [...found]
  }
  t.deepEqual(names({ matchFields: [named('a')] }, { matchFields: [named('b')] }), ['a', 'b'])
  t.is(
    names({ matchFields: [named('a')] }, { matchExpressions: [{ key: 'x', operator: 'Exists' }] }),
    undefined,
  )
  t.deepEqual(names({ matchFields: [named('a'), named('b')] }), [])
  t.is(names(), undefined)
})

test('selectors of equal meaning share their key', t => {
  const key = (...values: string[]) => {
    const matchExpressions = [{ key: 'zone', operator: 'In', values }]
    return compileNodeSelector({ nodeSelectorTerms: [{ matchExpressions }] }).key
  }
  t.is(key('a', 'b'), key('b', 'a', 'b'))
  t.not(key('a'), key('b'))
})
