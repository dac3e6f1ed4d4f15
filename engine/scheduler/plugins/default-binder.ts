import { definePlugin } from '../framework/define-plugin.js'

/**
 * Leaves the binding to the scheduler, which posts it to the API server.
 *
 * Upstream: pkg/scheduler/framework/plugins/defaultbinder/default_binder.go (1.36).
 * Simplified: nothing known.
 */
export const defaultBinder = definePlugin({
  name: 'DefaultBinder',
  about: 'Posts the binding to the API server.',
  args: {},
  create: () => ({ bind: () => false }),
})
