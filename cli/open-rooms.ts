import type { Rooms } from './rooms.js'

/** Imports engine and scenarios, which a command that only prints help never needs. */
export async function openRooms(): Promise<Rooms> {
  const [{ simulate }, { loadScenario }] = await Promise.all([
    import('../engine/index.js'),
    import('../scenarios/index.js'),
  ])
  return { simulate, loadScenario }
}
