import test from 'ava'
import * as fc from 'fast-check'
import { type CompiledSelector, compileSelector, type Labels } from '../../../engine/model/labels.js'
import { SelectorIndex } from '../../../engine/model/selector-index.js'
import { ClusterState } from '../../../engine/state/cluster-state.js'
import type { LabelSetId, PodId } from '../../../engine/state/ids.js'
import { PodsByLabels } from '../../../engine/state/pods-by-labels.js'

const KEY = fc.constantFrom('app', 'tier', 'constructor')
const VALUE = fc.constantFrom('', 'a', 'b')
const LABELS = fc.dictionary(KEY, VALUE)
const VALUES = fc.uniqueArray(VALUE, { minLength: 1 })
const SELECTOR = fc
  .record({
    matchLabels: LABELS,
    matchExpressions: fc.array(
      fc.oneof(
        fc.record({ key: KEY, operator: fc.constantFrom('In', 'NotIn'), values: VALUES }),
        fc.record({ key: KEY, operator: fc.constantFrom('Exists', 'DoesNotExist') }),
      ),
      { maxLength: 2 },
    ),
  })
  .map(selector => compileSelector(selector) as CompiledSelector)

test('an index of selectors finds those that match, in the order in which they were set', t => {
  const change = fc.record({ item: fc.nat(5), selector: fc.option(SELECTOR) })
  fc.assert(
    fc.property(fc.array(change), LABELS, (changes, labels) => {
      const index = new SelectorIndex<number>()
      const plain = new Map<number, CompiledSelector>()
      for (const { item, selector } of changes) {
        if (selector === null) t.is(index.delete(item), plain.delete(item))
        else {
          const isNew = plain.get(item)?.key !== selector.key
          t.is(index.set(item, selector), isNew)
          if (isNew) plain.delete(item)
          plain.set(item, selector)
        }
      }
      const expected = [...plain].filter(([, selector]) => selector.matches(labels)).map(([item]) => item)
      t.deepEqual(index.selecting(labels), expected)
    }),
    { seed: 6 },
  )
})

test('pods by labels find every set that a selector matches, those that appear later too', t => {
  fc.assert(
    fc.property(SELECTOR, fc.array(LABELS), fc.array(LABELS), (selector, before, after) => {
      const state = new ClusterState()
      const { labelSets } = state
      const namespace = state.namespaceId('default')
      const index = new PodsByLabels(labelSets)
      const entered: LabelSetId[] = []
      const enter = (labels: Labels): void => {
        const id = state.labelsId(labels)
        index.enter(entered.length as PodId, namespace, id)
        entered.push(id)
      }
      const expected = (): readonly LabelSetId[] =>
        [...new Set(entered)].filter(id => selector.matches(labelSets.get(id)))
      for (const labels of before) enter(labels)
      t.deepEqual(index.selectedLabels(namespace, selector), expected())
      for (const labels of after) enter(labels)
      t.deepEqual(index.selectedLabels(namespace, selector), expected())
    }),
    { seed: 7 },
  )
})
