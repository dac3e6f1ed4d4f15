import test from 'ava'
import { Operator, Requirement } from '../../../engine/autoscaler/karpenter/requirement.js'
import { NONE_UNDEFINED, Requirements } from '../../../engine/autoscaler/karpenter/requirements.js'
import { WELL_KNOWN_LABELS, ZONE } from '../../../engine/autoscaler/karpenter/well-known-labels.js'
import { Stream } from '../../../engine/kernel/rng.js'
import { RandomCluster } from '../../support/random-cluster.js'

const VALUES = ['1', '2', '3', '4', '5', '6', 'large']

function requirement(key: string, operator: string, ...values: string[]): Requirement {
  return Requirement.read({ key, operator, values })
}

function randomRequirement(random: RandomCluster): Requirement {
  const operator = random.pick(Object.values(Operator))
  if (operator === Operator.In || operator === Operator.NotIn) {
    return requirement('size', operator, ...VALUES.filter(() => random.chance(0.4)))
  }
  const isBare = operator === Operator.Exists || operator === Operator.DoesNotExist
  return isBare ? requirement('size', operator) : requirement('size', operator, `${random.below(8)}`)
}

test('an intersection allows what both allow, in any order and however often', t => {
  const random = new RandomCluster(new Stream('requirements'))
  for (let round = 0; round < 3000; round++) {
    const [a, b, c] = [random, random, random].map(randomRequirement)
    const both = a.intersection(b)
    const about = `${a.text} and ${b.text} make ${both.text}`
    for (const value of VALUES) t.is(both.has(value), a.has(value) && b.has(value), `${about}: ${value}`)
    t.is(both.meaning, b.intersection(a).meaning, about)
    t.is(both.intersection(c).meaning, a.intersection(b.intersection(c)).meaning, `${about}, with ${c.text}`)
    t.is(both.intersection(both).meaning, both.meaning, about)
    t.is(a.hasIntersection(b), both.operator !== Operator.DoesNotExist, about)
  }
})

test('Gt and Lt are kept as an inclusive range, and written as its two ends', t => {
  const range = requirement('cpu', 'Gt', '3').intersection(requirement('cpu', 'Lt', '8'))
  t.is(range.operator, Operator.Exists)
  t.deepEqual(range.written(), [
    { key: 'cpu', operator: 'Gte', values: ['4'] },
    { key: 'cpu', operator: 'Lte', values: ['7'] },
  ])
  t.deepEqual(
    ['3', '4', '7', '8', 'many'].map(value => range.has(value)),
    [false, true, true, false, false],
  )
  t.deepEqual(range.intersection(requirement('cpu', 'In', '2', '6', '9')).written(), [
    { key: 'cpu', operator: 'In', values: ['6'] },
  ])
  t.is(range.intersection(requirement('cpu', 'Gt', '7')).operator, Operator.DoesNotExist)
  t.is(requirement('cpu', 'Gt', '9223372036854775807').operator, Operator.DoesNotExist)
})

test('the number of values wanted is the larger one, and is no part of the meaning', t => {
  const three = Requirement.read({ key: 'type', operator: 'Exists', minValues: 3 })
  const five = Requirement.read({ key: 'type', operator: 'In', values: ['a'], minValues: 5 })
  t.is(three.intersection(five).minValues, 5)
  t.is(three.intersection(requirement('type', 'Exists')).minValues, 3)
  t.is(five.meaning, requirement('type', 'In', 'a').meaning)
  t.deepEqual(three.written(), [{ key: 'type', operator: 'Exists', minValues: 3 }])
})

test('a label that is defined nowhere can be asked for only if it is well known or may be absent', t => {
  const node = Requirements.ofLabels({ team: 'red' })
  const cases: readonly (readonly [Requirement, boolean, boolean])[] = [
    // What is asked, whether a node to come meets it, and whether one that is there does.
    [requirement(ZONE, 'In', 'a'), true, false],
    [requirement(ZONE, 'NotIn', 'a'), true, true],
    [requirement('rack', 'In', 'a'), false, false],
    [requirement('rack', 'Exists'), false, false],
    [requirement('rack', 'Gt', '1'), false, false],
    [requirement('rack', 'NotIn', 'a'), true, true],
    [requirement('rack', 'DoesNotExist'), true, true],
    [requirement('team', 'In', 'red', 'blue'), true, true],
    [requirement('team', 'DoesNotExist'), false, false],
    [requirement('team', 'NotIn', 'red'), false, false],
  ]
  for (const [asked, isMetByNew, isMetByOld] of cases) {
    const incoming = new Requirements([asked])
    t.is(node.isCompatible(incoming, WELL_KNOWN_LABELS), isMetByNew, asked.text)
    t.is(node.isCompatible(incoming, NONE_UNDEFINED), isMetByOld, asked.text)
    t.is(node.conflictWith(incoming, NONE_UNDEFINED) === undefined, isMetByOld, asked.text)
  }
})

test('two that can do without a label are met together, whatever values they rule out', t => {
  const without = new Requirements([requirement('team', 'DoesNotExist')])
  t.true(without.isCompatible(new Requirements([requirement('team', 'NotIn', 'red')]), NONE_UNDEFINED))
  t.false(without.isCompatible(new Requirements([requirement('team', 'Exists')]), NONE_UNDEFINED))
  t.true(without.intersects(new Requirements([requirement('rack', 'Exists')])), 'other keys do not matter')
})

test('older spellings of well known labels are read as the present ones', t => {
  const old = Requirements.ofLabels({ 'failure-domain.beta.kubernetes.io/zone': 'a' })
  t.is(old.get(ZONE).onlyValue, 'a')
})

test('of a pod its first required term and its heaviest preference count', t => {
  const is = (
    key: string,
    value: string,
  ): { matchExpressions: { key: string; operator: string; values: string[] }[] } => ({
    matchExpressions: [{ key, operator: 'In', values: [value] }],
  })
  const spec = {
    containers: [],
    nodeSelector: { arch: 'arm64' },
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [is('zone', 'a'), is('zone', 'b')],
        },
        preferredDuringSchedulingIgnoredDuringExecution: [
          { weight: 1, preference: is('disk', 'slow') },
          { weight: 9, preference: is('disk', 'fast') },
        ],
      },
    },
  }
  t.is(Requirements.ofPodStrictly(spec).text, 'arch In [arm64], zone In [a]')
  t.is(Requirements.ofPod(spec).text, 'arch In [arm64], disk In [fast], zone In [a]')
})
