import type { AnyPlugin } from '../engine/index.js'
import { loadModules as pluginsOf } from '../scenarios/index.js'
import { BadInput } from './exit-code.js'

/** The plugins of the modules named with --use. Throws BadInput for a module that is no use. */
export async function loadModules(files: readonly string[]): Promise<readonly AnyPlugin[]> {
  const plugins = await pluginsOf(files)
  if (typeof plugins === 'string') throw new BadInput(`--use ${plugins}`)
  return plugins
}
