import { definePlugin } from '../framework/define-plugin.js'

/**
 * Orders the active queue: higher priority first, then who has waited longer.
 *
 * Upstream: pkg/scheduler/framework/plugins/queuesort/priority_sort.go (1.36).
 * Simplified: nothing known.
 */
export const prioritySort = definePlugin({
  name: 'PrioritySort',
  about: 'Orders the queue by priority, then by the time of entry.',
  args: {},
  create: () => ({
    less: (first, second) => second.priority - first.priority || first.queuedAt - second.queuedAt,
  }),
})
