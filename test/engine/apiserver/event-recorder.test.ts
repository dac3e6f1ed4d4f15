import test from 'ava'
import { ApiClient } from '../../../engine/apiserver/api-client.js'
import { EventRecorder } from '../../../engine/apiserver/event-recorder.js'
import { Kernel, Rank } from '../../../engine/kernel/kernel.js'
import { MILLISECOND, SECOND } from '../../../engine/kernel/time.js'

test('events wait for the client in a queue of 1,000; what comes while it is full is dropped', t => {
  const kernel = new Kernel({ seed: '1' })
  const accepted: string[] = []
  const recorder = new EventRecorder(
    'test',
    new ApiClient(kernel, { qps: 10, burst: 10 }, MILLISECOND),
    { recorded: ({ subject }) => accepted.push(subject.name) },
    { now: () => kernel.now, on: (name, handler) => kernel.on(name, Rank.Controller, handler) },
  )
  const record = (from: number, to: number): void => {
    for (let uid = from; uid < to; uid++) {
      recorder.record(
        { kind: 'Pod', namespace: 'default', name: `pod-${uid}`, uid },
        'Normal',
        'Created',
        'made',
      )
    }
  }
  // One is under way at once and 1,000 wait; the other 499 find no room.
  record(0, 1500)
  // The burst of 10, then 10 a second: in 10 s some 110 have gone, and as many find room behind the others.
  kernel.run({ until: 10 * SECOND })
  const gone = accepted.length
  t.true(gone > 100 && gone < 120, String(gone))
  record(2000, 2000 + gone + 50)
  kernel.run()
  t.is(accepted.length, 1001 + gone)
  t.is(accepted[1000], 'pod-1000')
  t.is(accepted[1001], 'pod-2000')
  t.is(accepted.at(-1), `pod-${2000 + gone - 1}`)
})

test('ten different messages of one reason are combined until ten minutes pass without one', t => {
  const kernel = new Kernel({ seed: '1' })
  const accepted: string[] = []
  const recorder = new EventRecorder(
    'test',
    new ApiClient(kernel, { qps: Infinity, burst: 1 }, 0),
    { recorded: ({ type, message, count }) => accepted.push(`${type} ${message} ${count}`) },
    { now: () => kernel.now, on: (name, handler) => kernel.on(name, Rank.Controller, handler) },
  )
  const subject = { kind: 'Pod', namespace: 'default', name: 'web', uid: 1 }
  const combined = '(combined from similar events): '
  for (let i = 0; i < 12; i++) recorder.record(subject, 'Normal', 'Pulled', `image ${i}`)
  recorder.record(subject, 'Warning', 'Pulled', 'image 0')
  kernel.run({ until: 601 * SECOND })
  recorder.record(subject, 'Normal', 'Pulled', 'image 0')
  kernel.run()
  t.deepEqual(accepted.slice(8), [
    'Normal image 8 1',
    `Normal ${combined}image 9 1`,
    `Normal ${combined}image 10 2`,
    `Normal ${combined}image 11 3`,
    'Warning image 0 1',
    'Normal image 0 2',
  ])
})
