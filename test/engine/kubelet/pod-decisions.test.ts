import test from 'ava'
import { SECOND } from '../../../engine/kernel/time.js'
import { backOffAfter, crashLoopDelay } from '../../../engine/kubelet/crash-loop.js'
import { phaseAfterExit } from '../../../engine/kubelet/pod-phase.js'
import { ProbeWorker } from '../../../engine/kubelet/probe-worker.js'
import type { Container, PodSpec } from '../../../engine/model/pod-spec.js'
import { qosClass } from '../../../engine/model/qos.js'
import { Phase } from '../../../engine/state/ids.js'

test('a container that keeps exiting waits 0, 10, 20, 40, 80, 160, 300, 300 s', t => {
  let backOff = 0
  const delays = Array.from({ length: 8 }, () => {
    const delay = crashLoopDelay(backOff, SECOND)
    backOff = backOffAfter(delay)
    return delay / SECOND
  })
  t.deepEqual(delays, [0, 10, 20, 40, 80, 160, 300, 300])
})

test('the back-off is forgotten after more than 600 s, not after exactly 600 s', t => {
  t.is(crashLoopDelay(40 * SECOND, 600 * SECOND), 40 * SECOND)
  t.is(crashLoopDelay(40 * SECOND, 600 * SECOND + 1), 0)
})

test('an exit ends the pod unless its policy, a container policy or a rule starts a container again', t => {
  const rule = { action: 'Restart', exitCodes: { operator: 'In', values: [42] } } as const
  const rows: [PodSpec['restartPolicy'], Partial<Container>, number, Phase][] = [
    ['Always', {}, 0, Phase.Running],
    ['OnFailure', {}, 0, Phase.Succeeded],
    ['OnFailure', {}, 1, Phase.Running],
    ['Never', {}, 1, Phase.Failed],
    ['Never', { restartPolicy: 'OnFailure' }, 1, Phase.Running],
    ['Always', { restartPolicy: 'Never' }, 1, Phase.Failed],
    ['Never', { restartPolicy: 'Never', restartPolicyRules: [rule] }, 42, Phase.Running],
    ['Never', { restartPolicy: 'Never', restartPolicyRules: [rule] }, 41, Phase.Failed],
  ]
  for (const [restartPolicy = 'Always', container, exitCode, expected] of rows) {
    const spec = { restartPolicy, containers: [{ name: 'c', ...container }] }
    t.is(phaseAfterExit(spec, exitCode), expected, `${restartPolicy} ${exitCode}`)
  }
})

test('pod-level resources decide the class alone, even empty ones', t => {
  const full = { requests: { cpu: '1', memory: '1Gi' }, limits: { cpu: '1', memory: '1Gi' } }
  const containers = [{ name: 'c', resources: full }]
  t.is(qosClass({ containers }), 'Guaranteed')
  t.is(qosClass({ containers: [...containers, { name: 'd' }] }), 'Burstable')
  t.is(qosClass({ containers, resources: {} }), 'BestEffort')
  t.is(qosClass({ containers: [{ name: 'd' }], resources: full }), 'Guaranteed')
})

test('a liveness probe fails at its threshold and then rests until there is a new container', t => {
  const worker = new ProbeWorker('liveness', { failureThreshold: 3 })
  t.is(worker.answersToChange('success'), Infinity)
  t.is(worker.answersToChange('failure'), 3)
  worker.answered('failure', 2)
  t.is(worker.answersToChange('failure'), 1)
  worker.answered('error')
  worker.answered('failure')
  t.deepEqual([worker.result, worker.isOnHold], ['Failure', true])
  worker.containerStarted()
  t.deepEqual([worker.result, worker.isOnHold], ['Success', false])
})
