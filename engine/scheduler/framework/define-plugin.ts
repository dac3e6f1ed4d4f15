import { type Definition, define } from '../../kernel/definition.js'
import type { FrameworkHandle, SchedulerPlugin } from './interface.js'

/** A plugin as profiles name it. Arguments have defaults, which are also their types. */
export type PluginDefinition<Args extends object = object> = Definition<
  Args,
  SchedulerPlugin,
  FrameworkHandle
>

/** What can be said of a plugin without running it: its name and the defaults of its arguments. */
export interface KnownPlugin {
  readonly name: string
  readonly args: object
  readonly check?: (args: never) => readonly string[]
}

/** Any plugin, whatever its arguments: what lists of plugins hold. */
export interface AnyPlugin extends KnownPlugin {
  readonly about?: string
  create(handle: FrameworkHandle, args: never): SchedulerPlugin
}

/**
 * Declares a scheduler plugin. `create` is called once per profile that has it on; what it closes over is the state of
 * the plugin.
 *
 * Upstream: PluginFactory of staging/src/k8s.io/kube-scheduler/framework (1.36).
 * Simplified: nothing known.
 *
 * @example
 * export const mostIdle = definePlugin({
 *   name: 'MostIdle',
 *   about: 'Rejects nodes that would be left with little idle cpu.',
 *   args: { minFreeMilliCPU: 100 },
 *   create(handle, args) {
 *     const tooBusy = handle.reason('node has too little idle cpu')
 *     return {
 *       filter({ snapshot, shape }, nodes) {
 *         const { allocatable, requested, width } = snapshot
 *         const needed = shape.milliCPU + args.minFreeMilliCPU
 *         let kept = 0
 *         for (let i = 0; i < nodes.length; i++) {
 *           const node = nodes.ids[i]
 *           if (allocatable[node * width] - requested[node * width] >= needed) nodes.ids[kept++] = node
 *           else nodes.reason[node] = tooBusy
 *         }
 *         nodes.length = kept
 *       },
 *     }
 *   },
 * })
 */
export function definePlugin<Args extends object>(plugin: PluginDefinition<Args>): PluginDefinition<Args> {
  return define(plugin)
}
