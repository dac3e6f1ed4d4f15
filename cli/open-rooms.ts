import type { AnyPlugin } from '../engine/index.js'
import type { Rooms } from './rooms.js'

/** Engine and scenarios, imported by the first command that needs them, with the plugins of --use among the others. */
export async function openRooms(plugins: readonly AnyPlugin[] = []): Promise<Rooms> {
  const [{ PLUGINS, simulate }, { loadScenario }] = await Promise.all([
    import('../engine/index.js'),
    import('../scenarios/index.js'),
  ])
  return {
    loadScenario: (file, options) => loadScenario(file, { ...options, plugins: [...PLUGINS, ...plugins] }),
    simulate: (model, options) => simulate(model, { ...options, plugins }),
  }
}
