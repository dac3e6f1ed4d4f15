import { NEVER, parseDuration, SECOND } from '../../kernel/time.js'
import { defineFailure } from '../failure-model.js'

/**
 * Machines that the cloud takes back, as it does with spot machines: after a notice, in which a termination
 * handler cordons and drains the node, the power goes, and the Node object follows. A node group asks for
 * another machine by itself; elsewhere one registers after `replacedAfter`, unless that is empty.
 *
 * Upstream: notices of EC2 (two minutes), GCE and Azure (30 s); AWS Node Termination Handler v1.25.
 * Simplified: see engine/operator/reclaims.ts.
 */
export const spotReclaim = defineFailure({
  name: 'spot-reclaim',
  about: 'The cloud takes machines back after a notice, in which their nodes are drained.',
  subjects: ['nodes'],
  endsWithSubject: true,
  args: { notice: '2m', handler: true, nodeObject: 'cloud', replacedAfter: '' },
  check: ({ notice, nodeObject, replacedAfter }) => [
    ...(parseDuration(notice) === undefined ? [`notice: "${notice}" is no duration`] : []),
    ...(nodeObject === 'cloud' || nodeObject === 'with-machine'
      ? []
      : ['nodeObject is "cloud" (deleted by the cloud once the node is not Ready) or "with-machine"']),
    ...(replacedAfter === '' || parseDuration(replacedAfter) !== undefined
      ? []
      : [`replacedAfter: "${replacedAfter}" is no duration`]),
  ],
  create: ({ ports }, { notice, handler, nodeObject, replacedAfter }) => {
    const settings = {
      notice: parseDuration(notice) ?? 0,
      isHandled: handler,
      drain: { retryAfter: 5 * SECOND, timeout: NEVER },
      removal: nodeObject === 'with-machine' ? 'with-machine' : 'cloud',
      ...(replacedAfter === ''
        ? {}
        : { replacedAfter: { constant: { value: (parseDuration(replacedAfter) ?? 0) / SECOND } } }),
    } as const
    return {
      strike({ nodes }) {
        for (const node of nodes) ports.reclaim(node, settings, 'spot-reclaim')
      },
      mend() {},
    }
  },
})
