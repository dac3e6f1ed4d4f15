import test from 'ava'
import { NEVER, SECOND } from '../../../engine/kernel/time.js'
import { Action, type ClusterEvent } from '../../../engine/scheduler/framework/interface.js'
import type { RejectionId } from '../../../engine/scheduler/framework/status.js'
import { Place } from '../../../engine/scheduler/queue/queue-entry.js'
import { NONE, type NodeId, type PodId } from '../../../engine/state/ids.js'
import { QueueStage } from '../../support/queue-stage.js'

const NODE_ADDED: ClusterEvent = { resource: 'Node', action: Action.Add }
const POD_GONE: ClusterEvent = { resource: 'AssignedPod', action: Action.Delete }
const NODES = [{ resource: 'Node', actions: Action.Add }] as const
const GONE = [{ resource: 'Pod', actions: Action.Delete }] as const

test('pods come by priority, then by the time they entered, then as they entered', t => {
  const stage = new QueueStage()
  const added: [string, number, number][] = [
    ['late', 3, 10],
    ['first', 1, 10],
    ['second', 1, 10],
    ['urgent', 4, 100],
    ['idle', 0, -5],
  ]
  for (const [name, seconds, priority] of added.toSorted((a, b) => a[1] - b[1]))
    stage.add(name, seconds, priority)
  const popped = added.map(() => stage.nameOf(stage.pop(5).pod))
  t.deepEqual(popped, ['urgent', 'first', 'second', 'late', 'idle'])
  t.false(stage.queue.isReady)
  t.is(stage.queue.pop(6 * SECOND), undefined)
})

test('a back-off doubles up to its bound and ends in the first whole second after its expiry', t => {
  // Errors in a row, time of the last one, when the pod is back: 0.4 + 1 = 1.4, cut down to 1, so at 2.
  const table: [number, number, number][] = [
    [1, 0.4, 2],
    [1, 2, 4],
    [2, 0.9, 3],
    [3, 10.999, 15],
    [4, 0, 9],
    [5, 0.5, 11],
    [9, 0.5, 11],
  ]
  for (const [errors, at, end] of table) {
    const stage = new QueueStage()
    const pod = stage.make('a')
    stage.queue.add(pod, 0)
    const entry = stage.pop(0)
    entry.errorCount = errors - 1
    t.is(stage.fail(entry, at), Place.ErrorBackoff)
    t.is(stage.queue.nextFlushAt(), end * SECOND, `${errors} errors at ${at}`)
    stage.queue.flush(end * SECOND - 1)
    t.deepEqual(stage.at(Place.ErrorBackoff), ['a'])
    stage.queue.flush(end * SECOND)
    t.deepEqual(stage.at(Place.Active), ['a'])
    t.is(stage.queue.nextFlushAt(), NEVER)
  }
})

test('a rejection ends the count of errors, and errors do not count as rejections', t => {
  const stage = new QueueStage()
  stage.add('a', 0)
  stage.fail(stage.pop(0), 0)
  stage.fail(stage.pop(2), 2)
  const entry = stage.pop(5)
  t.deepEqual([entry.attempts, entry.errorCount, entry.unschedulableCount], [3, 2, 0])
  stage.fail(entry, 5, ['Fit'])
  t.deepEqual([entry.errorCount, entry.unschedulableCount], [0, 1])
})

test('an empty active queue gives out pods that wait out a rejection, not those that met an error', t => {
  const stage = new QueueStage({ events: { Fit: NODES } })
  stage.add('rejected', 0)
  stage.add('failed', 0)
  const rejected = stage.pop(0.1)
  stage.fail(stage.pop(0.1), 0.1)
  stage.move(NODE_ADDED, 0.2)
  t.is(stage.fail(rejected, 0.3, ['Fit']), Place.Backoff)
  t.is(stage.pop(0.4).pod, rejected.pod)
  t.false(stage.queue.isReady)
  t.deepEqual(stage.at(Place.ErrorBackoff), ['failed'])
})

test('pods of one second of back-off are given out in the order of the active queue', t => {
  const stage = new QueueStage({ events: { Fit: NODES } })
  for (const [name, priority] of [
    ['low', 1],
    ['high', 2],
    ['later', 9],
  ] as const)
    stage.add(name, 0, priority)
  const [later, high, low] = [stage.pop(0), stage.pop(0), stage.pop(0)]
  stage.move(NODE_ADDED, 0.1)
  stage.fail(low, 0.2, ['Fit'])
  stage.fail(high, 0.9, ['Fit'])
  stage.fail(later, 1, ['Fit'])
  t.deepEqual(
    [1, 1, 1].map(seconds => stage.nameOf(stage.pop(seconds).pod)),
    ['high', 'low', 'later'],
  )
})

test('a pod that has waited for an event strictly longer than five minutes is tried again at a 30 s tick', t => {
  // 0 s: at 300 s it has waited 300 s, not longer.
  for (const [at, end] of [
    [0, 330],
    [0.001, 330],
    [7, 330],
    [29.9, 330],
    [30.1, 360],
  ] as const) {
    const stage = new QueueStage({ events: { Fit: NODES } })
    stage.add('a', 0)
    stage.fail(stage.pop(0), at, ['Fit'])
    t.is(stage.queue.nextFlushAt(), end * SECOND, `${at}`)
    stage.queue.flush(end * SECOND - 1)
    t.deepEqual(stage.at(Place.Unschedulable), ['a'])
    stage.queue.flush(end * SECOND)
    t.deepEqual(stage.at(Place.Active), ['a'])
  }
})

test('only the plugins that rejected a pod are asked, and one that agrees is enough', t => {
  const asked: string[] = []
  const asking = (plugin: string, answer: boolean) => [
    {
      ...NODES[0],
      hint: () => {
        asked.push(plugin)
        return answer
      },
    },
  ]
  const stage = new QueueStage({
    events: { No: asking('No', false), Yes: asking('Yes', true), Other: asking('Other', true) },
  })
  for (const name of ['a', 'b']) stage.add(name, 0)
  const [a, b] = [stage.pop(0), stage.pop(0)]
  stage.fail(a, 0, ['No'])
  stage.fail(b, 0, ['No', 'Yes'])
  stage.move(NODE_ADDED, 20)
  t.deepEqual(stage.at(Place.Unschedulable), ['a'])
  t.deepEqual(stage.at(Place.Active), ['b'])
  t.deepEqual([...new Set(asked)].sort(), ['No', 'Yes'])
})

test('who asks for new nodes but not for taints hears of every changed taint, without a hint', t => {
  const events = {
    Fit: [{ ...NODES[0], hint: () => false }],
    Taints: [{ resource: 'Node', actions: Action.Add | Action.UpdateNodeTaint, hint: () => false }],
  } as const
  for (const [plugin, place] of [
    ['Fit', Place.Active],
    ['Taints', Place.Unschedulable],
  ] as const) {
    const stage = new QueueStage({ events })
    stage.add('a', 0)
    const entry = stage.pop(0)
    stage.fail(entry, 0, [plugin])
    stage.move({ resource: 'Node', action: Action.UpdateNodeTaint }, 20)
    t.is(entry.place, place, plugin)
  }
})

test('events of the cycle are judged when it fails; those before it are not', t => {
  const events = { Fit: NODES, Gone: GONE }
  const table: [string, ClusterEvent[], ClusterEvent[], Place][] = [
    ['before', [NODE_ADDED], [], Place.Unschedulable],
    ['during', [], [NODE_ADDED], Place.Backoff],
    ['of no interest', [], [POD_GONE], Place.Unschedulable],
  ]
  for (const [name, before, during, place] of table) {
    const stage = new QueueStage({ events })
    stage.add('older', 0, 9)
    stage.add('a', 0)
    const older = stage.pop(0)
    for (const event of before) stage.move(event, 0)
    const entry = stage.pop(0)
    for (const event of during) stage.move(event, 0)
    t.is(stage.fail(entry, 1, ['Fit']), place, name)
    t.is(
      stage.fail(older, 1, ['Fit']),
      before.length + during.length > 0 && name !== 'of no interest' ? Place.Backoff : Place.Unschedulable,
    )
  }
})

test('the event of a plugin that set something going itself waives the back-off', t => {
  const stage = new QueueStage({ events: { Fit: NODES, Claims: GONE } })
  for (const name of ['a', 'b']) stage.add(name, 0)
  const [a, b] = [stage.pop(0), stage.pop(0)]
  stage.move(POD_GONE, 0.1)
  stage.move(NODE_ADDED, 0.1)
  t.is(stage.fail(a, 0.2, ['Fit'], ['Claims']), Place.Active)
  t.is(stage.fail(b, 0.2, ['Claims'], ['Fit']), Place.Active)
})

test('activation moves pods that wait, and concerns one in flight when it comes back', t => {
  const stage = new QueueStage({ events: { Fit: NODES } })
  for (const name of ['waiting', 'erring', 'flying', 'other']) stage.add(name, 0)
  const [waiting, erring, flying, other] = [stage.pop(0), stage.pop(0), stage.pop(0), stage.pop(0)]
  stage.fail(waiting, 0, ['Fit'])
  stage.fail(erring, 0)
  stage.queue.activate([waiting.pod, erring.pod, flying.pod], SECOND / 2)
  t.deepEqual(stage.at(Place.Active), ['erring', 'waiting'])
  t.is(stage.fail(flying, 0.6, ['Fit']), Place.Backoff)
  t.is(stage.fail(other, 0.6, ['Fit']), Place.Unschedulable)
})

test('a flush of pods that waited too long is an event for every pod in flight', t => {
  const stage = new QueueStage({ events: { Fit: NODES } })
  stage.add('old', 0)
  stage.fail(stage.pop(0), 0, ['Fit'])
  stage.add('flying', 329)
  const flying = stage.pop(329)
  t.is(stage.fail(flying, 331, ['Fit']), Place.Backoff)
})

test('a gated pod waits for its gate alone, and the plugin that gates it is asked first', t => {
  const closed = new Set(['First', 'Second'])
  const asked: string[] = []
  const gate = (name: string) => () => {
    asked.push(name)
    return closed.has(name) ? (1 as RejectionId) : 0
  }
  const stage = new QueueStage({
    events: { First: NODES, Second: GONE, Fit: NODES },
    preEnqueue: { First: gate('First'), Second: gate('Second') },
  })
  const pod = stage.add('a', 0)
  t.is(stage.queue.find(pod)?.gatedBy, 'First')
  t.is(stage.queue.gatedCount, 1)
  t.is(stage.queue.nextFlushAt(), NEVER)
  closed.delete('First')
  stage.move(POD_GONE, 1000)
  t.is(stage.queue.find(pod)?.gatedBy, 'First', 'nobody asked again')
  stage.move(NODE_ADDED, 1000)
  t.is(stage.queue.find(pod)?.gatedBy, 'Second')
  asked.length = 0
  closed.clear()
  stage.move(POD_GONE, 1001)
  t.deepEqual(asked, ['Second', 'First'])
  t.deepEqual(stage.at(Place.Active), ['a'])
  t.is(stage.queue.gatedCount, 0)
})

test('a deleted pod leaves every place, and its cycle brings nothing back', t => {
  const stage = new QueueStage({ events: { Fit: NODES } })
  for (const name of ['flying', 'waiting', 'erring', 'backing', 'active']) stage.add(name, 0)
  const [flying, waiting, erring, backing] = [stage.pop(0), stage.pop(0), stage.pop(0), stage.pop(0)]
  stage.fail(waiting, 0, ['Fit'])
  stage.fail(erring, 0)
  stage.move(NODE_ADDED, 0)
  stage.fail(backing, 0, ['Fit'])
  stage.nominator.add(backing.pod, 0 as NodeId)
  for (const pod of [flying.pod, waiting.pod, erring.pod, backing.pod, 4 as PodId]) stage.queue.delete(pod, 0)
  t.deepEqual([...stage.places()], [['flying', Place.InFlight]])
  t.true(stage.nominator.isEmpty)
  t.is(stage.fail(flying, 1, ['Fit']), Place.None)
  t.deepEqual([...stage.places()], [])
})

test('a row that belongs to another pod meanwhile is not taken for the old one', t => {
  const stage = new QueueStage({ events: { Fit: NODES } })
  const pod = stage.add('old', 0)
  const entry = stage.pop(0)
  stage.queue.delete(pod, 0)
  stage.state.pods.uid[pod] = stage.state.nextUid()
  stage.queue.add(pod, SECOND)
  t.is(stage.fail(entry, 2, ['Fit']), Place.None)
  t.is(stage.queue.countAt(Place.Active), 1)
  t.is(stage.queue.countAt(Place.InFlight), 0)
})

test('a pod whose binding failed after its cycle was done comes back', t => {
  const stage = new QueueStage()
  stage.add('a', 0)
  const entry = stage.pop(0)
  stage.queue.done(entry)
  t.is(stage.places().size, 0)
  t.is(stage.fail(entry, 1), Place.ErrorBackoff)
  t.is(entry.attempts, 1)
})

test('a promise of room lives through updates that do not speak of it, and follows those that do', t => {
  const stage = new QueueStage()
  const pod = stage.add('a', 0)
  const version = (nominatedNode: number) => ({
    template: stage.state.pods.templateOf(pod),
    labels: stage.state.pods.labelsOf(pod),
    namespace: stage.state.namespaceId('default'),
    node: NONE as NodeId,
    nominatedNode: nominatedNode as NodeId,
  })
  const update = (before: number, after: number): void => {
    stage.state.pods.nominatedNode[pod] = after
    const action = Action.Update
    const [oldPod, newPod] = [version(before), version(after)]
    stage.queue.update(pod, { resource: 'UnscheduledPod', action, pod, oldPod, newPod }, SECOND)
  }
  stage.nominator.add(pod, 3 as NodeId)
  update(NONE, NONE)
  t.is(stage.nominator.nodeOf(pod), 3 as NodeId)
  update(NONE, 5)
  t.is(stage.nominator.nodeOf(pod), 5 as NodeId)
  update(5, NONE)
  t.is(stage.nominator.nodeOf(pod), NONE)
})

test('an event is awaited while a pod waits for it or is in flight', t => {
  const stage = new QueueStage({ events: { Fit: NODES, Gone: GONE } })
  const isAwaited = () => stage.queue.isAwaited('Node', Action.Add)
  t.false(isAwaited())
  stage.add('a', 0)
  t.false(isAwaited(), 'active')
  const entry = stage.pop(0)
  t.true(isAwaited(), 'in flight')
  t.false(stage.queue.isAwaited('Node', Action.Delete), 'nobody registered')
  stage.fail(entry, 0, ['Gone'])
  t.false(isAwaited(), 'waits for something else')
  t.true(stage.queue.isAwaited('AssignedPod', Action.Delete))
})
