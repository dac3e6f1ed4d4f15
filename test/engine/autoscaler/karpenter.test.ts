import test from 'ava'
import {
  type BudgetedNode,
  type DisruptionBudget,
  DisruptionBudgets,
  DisruptionReason,
  UNLIMITED_DISRUPTIONS,
} from '../../../engine/autoscaler/karpenter/disruption-budget.js'
import { HOUR, MINUTE, SECOND } from '../../../engine/kernel/time.js'

/** 2026-03-02T00:00:00Z, a Monday. */
const MONDAY = 1_772_409_600 * SECOND
const { Drifted, Empty, Underutilized } = DisruptionReason
const READY: BudgetedNode = {
  isInitialized: true,
  isTerminating: false,
  isReady: true,
  isMarkedForDeletion: false,
}

/** What the budgets allow of 12 nodes for being empty. */
function allowed(budgets: readonly DisruptionBudget[], wallMicros = MONDAY): number {
  return new DisruptionBudgets(budgets).allowed(Empty, 12, wallMicros)
}

test('a share of the nodes is rounded up, and the least of the budgets counts', t => {
  t.is(allowed([]), UNLIMITED_DISRUPTIONS)
  // 12 × 10 % = 1.2, and 12 × 75 % = 9.
  t.is(allowed([{ nodes: '10%' }]), 2)
  t.is(allowed([{ nodes: '75%' }]), 9)
  t.is(allowed([{ nodes: '0%' }]), 0)
  t.is(allowed([{ nodes: '75%' }, { nodes: '3' }, { nodes: '4' }]), 3)
})

test('a budget with reasons holds for these only', t => {
  const pool = new DisruptionBudgets([{ nodes: '5' }, { nodes: '1', reasons: [Empty, Drifted] }])
  t.deepEqual(
    [Empty, Drifted, Underutilized].map(reason => pool.allowed(reason, 12, MONDAY)),
    [1, 1, 5],
  )
  t.is(allowed([{ nodes: '1', reasons: [] }]), UNLIMITED_DISRUPTIONS, 'an empty list is no reason at all')
})

test('a scheduled budget holds from the minute it is due until just before its duration is over', t => {
  const budgets = [{ nodes: '0', schedule: '0 9 * * mon-fri', duration: '8h0m0s' }]
  const cases: readonly (readonly [number, boolean])[] = [
    [9 * HOUR - SECOND, false],
    [9 * HOUR, true],
    [17 * HOUR - 1, true],
    [17 * HOUR, false],
    // Saturday.
    [5 * 24 * HOUR + 10 * HOUR, false],
  ]
  for (const [time, isActive] of cases) {
    t.is(allowed(budgets, MONDAY + time), isActive ? 0 : UNLIMITED_DISRUPTIONS, `${time / MINUTE} min`)
  }
  const hourly = [{ nodes: '0', schedule: '@hourly', duration: '24h' }]
  t.is(allowed(hourly, MONDAY + 30 * MINUTE), 0, 'windows may overlap')
  t.is(allowed([{ nodes: '0', schedule: '@hourly' }]), UNLIMITED_DISRUPTIONS, 'no duration, no window')
})

test('a schedule that never comes due leaves its budget active, as upstream does', t => {
  t.is(allowed([{ nodes: '1', schedule: '0 0 30 2 *', duration: '1h' }]), 1)
})

test('one budget that cannot be read closes the pool for every reason', t => {
  const unreadable: readonly DisruptionBudget[] = [
    { nodes: '5', schedule: 'every day', duration: '1h' },
    { nodes: '5', schedule: 'TZ=Europe/Paris 0 9 * * *', duration: '1h' },
    { nodes: '5', duration: '1h' },
    { nodes: '5', schedule: '@daily', duration: 'long' },
    { nodes: 'some' },
  ]
  for (const budget of unreadable) {
    t.is(allowed([{ nodes: '3' }, { ...budget, reasons: [Drifted] }]), 0, JSON.stringify(budget))
  }
})

test('nodes that are not ready or about to go use the budget up; those coming up or terminating do not count', t => {
  const pool = new DisruptionBudgets([{ nodes: '50%' }])
  const left = (...others: readonly BudgetedNode[]) =>
    pool.left(Empty, [READY, READY, READY, ...others], MONDAY)
  // 3 × 50 % = 1.5, rounded up; 4 × 50 % = 2.
  t.is(left(), 2)
  t.is(left({ ...READY, isReady: false }), 1)
  t.is(left({ ...READY, isMarkedForDeletion: true }), 1)
  t.is(left({ ...READY, isReady: false, isMarkedForDeletion: true }), 1, 'once, not twice')
  t.is(left({ ...READY, isInitialized: false, isReady: false }), 2)
  t.is(left({ ...READY, isTerminating: true, isMarkedForDeletion: true }), 2)
  const notReady = { ...READY, isReady: false }
  // 7 × 50 % = 3.5 → 4, and four are down.
  t.is(left(notReady, notReady, notReady, notReady), 0)
  t.is(left(...Array.from({ length: 9 }, () => notReady)), 0, 'never below zero')
})
