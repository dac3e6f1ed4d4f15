import { definePlugin } from '../framework/define-plugin.js'
import { Action } from '../framework/interface.js'
import { Code, OK } from '../framework/status.js'

/**
 * Keeps a pod with scheduling gates out of the queue until the last gate has been taken away.
 *
 * Upstream: pkg/scheduler/framework/plugins/schedulinggates/scheduling_gates.go (1.36).
 * Simplified: nothing known.
 */
export const schedulingGates = definePlugin({
  name: 'SchedulingGates',
  about: 'Holds pods back that carry scheduling gates.',
  args: {},
  create(handle) {
    return {
      preEnqueue(pod) {
        const gates = handle.templateOf(handle.shapeOf(pod)).spec.schedulingGates ?? []
        if (gates.length === 0) return OK
        const names = gates.map(({ name }) => name).join(' ')
        return handle.reason(`waiting for scheduling gates: [${names}]`, Code.UnschedulableAndUnresolvable)
      },
      events: [
        {
          resource: 'Pod',
          actions: Action.UpdatePodSchedulingGatesEliminated,
          hint: (pod, event) => event.pod === pod,
        },
      ],
    }
  },
})
