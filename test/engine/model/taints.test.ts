import test from 'ava'
import {
  countUntoleratedPreferences,
  findUntoleratedTaint,
  keepsAway,
  type Taint,
  type Toleration,
  tolerates,
} from '../../../engine/model/taints.js'

const gpu: Taint = { key: 'dedicated', value: 'gpu', effect: 'NoSchedule' }

test('a toleration covers a taint of its key, effect and value; what it leaves out it does not ask for', t => {
  const rows: [Toleration, boolean][] = [
    [{ key: 'dedicated', value: 'gpu' }, true],
    [{ key: 'dedicated', operator: 'Equal', value: 'gpu', effect: 'NoSchedule' }, true],
    [{ key: 'dedicated', operator: 'Equal', value: 'cpu' }, false],
    [{ key: 'dedicated', operator: 'Exists' }, true],
    [{ operator: 'Exists' }, true],
    [{ operator: 'Exists', effect: 'NoExecute' }, false],
    [{ key: 'other', operator: 'Exists' }, false],
    [{ key: 'dedicated', operator: 'Gt', value: '1' }, false],
  ]
  for (const [toleration, expected] of rows) t.is(tolerates(toleration, gpu), expected)
})

test('a taint without a value is tolerated by an empty value', t => {
  t.true(tolerates({ key: 'a' }, { key: 'a', effect: 'NoExecute' }))
  t.true(tolerates({ key: 'a', value: '' }, { key: 'a', effect: 'NoExecute' }))
})

test('the first untolerated taint in the order of the node is the one reported', t => {
  const taints: Taint[] = [
    { key: 'soft', effect: 'PreferNoSchedule' },
    gpu,
    { key: 'down', effect: 'NoExecute' },
  ]
  t.is(findUntoleratedTaint(taints, [], keepsAway), gpu)
  t.is(findUntoleratedTaint(taints, [{ key: 'dedicated', operator: 'Exists' }], keepsAway), taints[2])
  t.is(findUntoleratedTaint(taints, [{ operator: 'Exists' }], keepsAway), undefined)
})

test('only tolerations for soft taints, or for every effect, count against preferences', t => {
  const taints: Taint[] = [
    { key: 'a', effect: 'PreferNoSchedule' },
    { key: 'b', effect: 'PreferNoSchedule' },
    gpu,
  ]
  t.is(countUntoleratedPreferences(taints, []), 2)
  t.is(countUntoleratedPreferences(taints, [{ key: 'a', operator: 'Exists' }]), 1)
  t.is(countUntoleratedPreferences(taints, [{ key: 'a', operator: 'Exists', effect: 'NoSchedule' }]), 2)
})
