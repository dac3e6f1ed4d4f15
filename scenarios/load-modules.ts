import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type AnyPlugin, PLUGINS } from '../engine/index.js'

/**
 * Imports modules of the user's own and answers the scheduler plugins they export, under whatever name; a text says
 * what is wrong with a module that cannot be imported, exports none, or takes a name that is taken.
 */
export async function loadModules(files: readonly string[]): Promise<readonly AnyPlugin[] | string> {
  const plugins: AnyPlugin[] = []
  for (const file of files) {
    const exported = await exportsOf(file)
    if (typeof exported === 'string') return `${file}: ${exported}`
    const found = exported.filter(isPlugin)
    if (found.length === 0) return `${file}: it exports nothing made by definePlugin`
    for (const plugin of found) {
      const taken = [...PLUGINS, ...plugins].some(({ name }) => name === plugin.name)
      if (taken) return `${file}: there is a plugin ${plugin.name} already`
      plugins.push(plugin)
    }
  }
  return plugins
}

async function exportsOf(file: string): Promise<readonly unknown[] | string> {
  if (!existsSync(file)) return 'there is no such file'
  try {
    const module: object = await import(pathToFileURL(resolve(file)).href)
    return [...new Set(Object.values(module))]
  } catch (error) {
    if (!(error instanceof Error)) return String(error)
    const isMissing = error.message.startsWith("Cannot find package 'kubelapse'")
    return isMissing
      ? 'it imports kubelapse, which is not installed there: npm install kubelapse'
      : error.message
  }
}

function isPlugin(value: unknown): value is AnyPlugin {
  if (value === null || typeof value !== 'object') return false
  return (
    'name' in value &&
    typeof value.name === 'string' &&
    'args' in value &&
    typeof value.args === 'object' &&
    'create' in value &&
    typeof value.create === 'function'
  )
}
