import { z } from 'zod'
import { type DrainSettings, NEVER, type SimTime } from '../../engine/index.js'
import type { Assembly } from '../assembly.js'
import type { Path } from '../path.js'
import { duration, integer, plainText } from '../schema/fields.js'
import { selectorFault } from '../selector-fault.js'

/**
 * The flags of `kubectl drain`; those that scripts give as a rule are given unless a scenario takes them
 * away.
 */
export const drainFields = () => ({
  retryAfter: duration({ positive: true }).prefault('5s').describe('Wait after a refused eviction.'),
  timeout: duration({ positive: true })
    .optional()
    .describe('`--timeout`: the drain of one node is given up after this time; absent: not at all.'),
  ignoreDaemonSets: z
    .boolean()
    .default(true)
    .describe('`--ignore-daemonsets`: their pods stay; without it they keep the drain from beginning.'),
  deleteEmptyDirData: z
    .boolean()
    .default(true)
    .describe(
      '`--delete-emptydir-data`; without it pods with emptyDir volumes keep the drain from beginning.',
    ),
  force: z
    .boolean()
    .default(true)
    .describe('`--force`; without it pods that no controller owns keep the drain from beginning.'),
  gracePeriodSeconds: integer(0, 1e9).optional().describe("`--grace-period`: instead of the pods' own."),
  disableEviction: z
    .boolean()
    .default(false)
    .describe('`--disable-eviction`: pods are deleted and budgets not asked.'),
  podSelector: plainText().optional().describe('`--pod-selector`: only these pods.'),
  skipWaitForDeleteTimeoutSeconds: integer(0, 1e9)
    .optional()
    .describe('`--skip-wait-for-delete-timeout`: pods that should have gone so long ago are not waited for.'),
})

/** What becomes of a node whose drain does not end well before something else is done to it. */
export const afterFailedDrain = () =>
  z
    .enum(['force', 'skip', 'stop'])
    .default('stop')
    .describe(
      'When a drain is given up, refused or fails: delete the pods past their budgets, leave the node as it was, ' +
        'or stop all.',
    )

interface Written {
  readonly retryAfter: SimTime
  readonly timeout?: SimTime | undefined
  readonly ignoreDaemonSets: boolean
  readonly deleteEmptyDirData: boolean
  readonly force: boolean
  readonly gracePeriodSeconds?: number | undefined
  readonly disableEviction: boolean
  readonly podSelector?: string | undefined
  readonly skipWaitForDeleteTimeoutSeconds?: number | undefined
}

/** The settings of the model, which leave out what goes without saying. */
export function drainSettings(written: Written, path: Path, assembly: Assembly): DrainSettings {
  const { retryAfter, timeout = NEVER, podSelector, gracePeriodSeconds } = written
  const { skipWaitForDeleteTimeoutSeconds: skip } = written
  const fault = podSelector === undefined ? undefined : selectorFault(podSelector)
  if (fault !== undefined) assembly.fault([...path, 'podSelector'], fault)
  return {
    retryAfter,
    timeout,
    ...(written.ignoreDaemonSets ? {} : { ignoreDaemonSets: false }),
    ...(written.deleteEmptyDirData ? {} : { deleteEmptyDirData: false }),
    ...(written.force ? {} : { force: false }),
    ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
    ...(written.disableEviction ? { disableEviction: true } : {}),
    ...(podSelector === undefined ? {} : { podSelector }),
    ...(skip === undefined ? {} : { skipWaitForDeleteTimeoutSeconds: skip }),
  }
}
