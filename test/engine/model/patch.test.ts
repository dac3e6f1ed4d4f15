import test from 'ava'
import type { JsonPatchEntry } from '../../../engine/model/operations.js'
import { applyPatch } from '../../../engine/model/patch/apply-patch.js'
import { jsonPatch } from '../../../engine/model/patch/json-patch.js'
import { type JsonFields, mergePatch } from '../../../engine/model/patch/merge-patch.js'
import { strategicMergePatch } from '../../../engine/model/patch/strategic-merge-patch.js'

test('a merge patch sets and removes fields and replaces lists', t => {
  // The cases of RFC 7396, appendix A, as far as both sides are objects.
  const rows: [unknown, unknown, unknown][] = [
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ]
  for (const [document, patch, want] of rows) t.deepEqual(mergePatch(document, patch), want)
})

test('a JSON patch takes its steps in order, or none at all', t => {
  const document = { list: [1, 2, 3], map: { 'a/b': 1 } }
  const rows: [JsonPatchEntry[], unknown][] = [
    [[{ op: 'add', path: '/list/1', value: 9 }], { list: [1, 9, 2, 3], map: { 'a/b': 1 } }],
    [[{ op: 'add', path: '/list/-', value: 9 }], { list: [1, 2, 3, 9], map: { 'a/b': 1 } }],
    [[{ op: 'remove', path: '/list/0' }], { list: [2, 3], map: { 'a/b': 1 } }],
    [[{ op: 'replace', path: '/map/a~1b', value: 2 }], { list: [1, 2, 3], map: { 'a/b': 2 } }],
    [[{ op: 'move', from: '/map/a~1b', path: '/x' }], { list: [1, 2, 3], map: {}, x: 1 }],
    [[{ op: 'copy', from: '/list/2', path: '/list/0' }], { list: [3, 1, 2, 3], map: { 'a/b': 1 } }],
    [[{ op: 'test', path: '/list', value: [1, 2, 3] }], document],
  ]
  for (const [steps, want] of rows) t.deepEqual(jsonPatch(document, steps), { document: want })
  const failing: JsonPatchEntry[] = [
    { op: 'remove', path: '/none' },
    { op: 'replace', path: '/list/3', value: 1 },
    { op: 'test', path: '/list/0', value: 1 },
    { op: 'add', path: '/none/below', value: 1 },
    { op: 'add', path: 'list', value: 1 },
  ]
  for (const step of failing) {
    t.true('error' in jsonPatch(document, [{ op: 'remove', path: '/list/0' }, step]), step.path)
  }
})

test('a strategic patch merges lists by the keys of Kubernetes, and obeys its directives', t => {
  const containers = [
    { name: 'main', image: 'app:v1', ports: [{ containerPort: 80 }, { containerPort: 81 }] },
    { name: 'sidecar', image: 'log:v1' },
  ]
  const patch = (kind: string, document: JsonFields, change: JsonFields): unknown =>
    strategicMergePatch(kind, document, change)
  t.deepEqual(
    patch('Deployment', { containers }, { containers: [{ name: 'sidecar', image: 'log:v2' }] }),
    { containers: [containers[0], { name: 'sidecar', image: 'log:v2' }] },
    'the element of that name',
  )
  t.deepEqual(
    patch('Deployment', { containers }, { containers: [{ name: 'new', image: 'n' }] }),
    { containers: [...containers, { name: 'new', image: 'n' }] },
    'an unknown name is added at the end',
  )
  t.deepEqual(
    patch('Deployment', { containers }, { containers: [{ name: 'main', $patch: 'delete' }] }),
    { containers: [containers[1]] },
    'an element is deleted',
  )
  t.deepEqual(
    patch('Deployment', { containers }, { containers: [{ $patch: 'replace' }, { name: 'only' }] }),
    { containers: [{ name: 'only' }] },
    'the whole list is replaced',
  )
  t.deepEqual(
    patch(
      'Deployment',
      { containers: [containers[0]] },
      {
        containers: [{ name: 'main', ports: [{ containerPort: 81, name: 'admin' }] }],
      },
    ),
    {
      containers: [
        { ...containers[0], ports: [{ containerPort: 80 }, { containerPort: 81, name: 'admin' }] },
      ],
    },
    'ports of containers merge by containerPort',
  )
  t.deepEqual(
    patch(
      'Deployment',
      { containers },
      { '$setElementOrder/containers': [{ name: 'sidecar' }, { name: 'main' }] },
    ),
    { containers: [containers[1], containers[0]] },
    'the order that is asked for',
  )
  t.deepEqual(
    patch(
      'Pod',
      { metadata: { finalizers: ['a', 'b'] } },
      { metadata: { '$deleteFromPrimitiveList/finalizers': ['a'] } },
    ),
    { metadata: { finalizers: ['b'] } },
    'a scalar is taken from its list',
  )
  t.deepEqual(
    patch('Pod', { spec: { tolerations: [{ key: 'a' }] } }, { spec: { tolerations: [{ key: 'b' }] } }),
    { spec: { tolerations: [{ key: 'b' }] } },
    'lists without a key are replaced',
  )
  t.deepEqual(
    patch(
      'Deployment',
      { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } },
      {
        strategy: { $retainKeys: ['type'], type: 'Recreate' },
      },
    ),
    { strategy: { type: 'Recreate' } },
    'fields of a union that are not retained go',
  )
  t.deepEqual(
    patch(
      'PodDisruptionBudget',
      { spec: { selector: { matchLabels: { a: '1' } } } },
      {
        spec: { selector: { matchLabels: { b: '2' } } },
      },
    ),
    { spec: { selector: { matchLabels: { b: '2' } } } },
    'the selector of a budget is replaced',
  )
})

test('a manifest applied again sets what it says, takes back what it said, and leaves the rest alone', t => {
  const container = (fields: object) => ({ spec: { template: { spec: { containers: [fields] } } } })
  const rows: [JsonFields, JsonFields, JsonFields, JsonFields][] = [
    // Replicas that somebody else has set stay; a label that is said no more goes.
    [
      { metadata: { labels: { a: '1', b: '2' } }, spec: { paused: true } },
      { metadata: { labels: { a: '3' } }, spec: {} },
      { metadata: { labels: { a: '1', b: '2', c: '9' } }, spec: { replicas: 7, paused: true } },
      { metadata: { labels: { a: '3', c: '9' } }, spec: { replicas: 7 } },
    ],
    // Elements of a list with a key: one changes, one goes, one that a sidecar injector has added stays.
    [
      { spec: { containers: [{ name: 'a', image: 'x' }, { name: 'b' }] } },
      { spec: { containers: [{ name: 'a', image: 'y' }] } },
      { spec: { containers: [{ name: 'a', image: 'x', tty: true }, { name: 'b' }, { name: 'mesh' }] } },
      { spec: { containers: [{ name: 'a', image: 'y', tty: true }, { name: 'mesh' }] } },
    ],
    // A list without a key is replaced, a list of scalars loses what is said no more.
    [
      { metadata: { finalizers: ['x/a'] }, ...container({ name: 'a', args: ['1'] }) },
      { metadata: { finalizers: ['x/b'] }, ...container({ name: 'a', args: ['2', '3'] }) },
      { metadata: { finalizers: ['x/a', 'x/c'] }, ...container({ name: 'a', args: ['1'], image: 'x' }) },
      { metadata: { finalizers: ['x/c', 'x/b'] }, ...container({ name: 'a', args: ['2', '3'], image: 'x' }) },
    ],
    // The other half of a union goes with its type.
    [
      { spec: { strategy: { type: 'RollingUpdate' } } },
      { spec: { strategy: { type: 'Recreate' } } },
      { spec: { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } } },
      { spec: { strategy: { type: 'Recreate' } } },
    ],
  ]
  for (const [before, after, document, want] of rows)
    t.deepEqual(strategicMergePatch('Deployment', document, applyPatch('Deployment', before, after)), want)
})
