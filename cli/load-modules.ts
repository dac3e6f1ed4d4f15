import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { BadInput } from './exit-code.js'

/** Imports the modules named with --use; they register what they define. Throws BadInput. */
export async function loadModules(files: readonly string[]): Promise<void> {
  for (const file of files) {
    if (!existsSync(file)) throw new BadInput(`--use ${file}: there is no such file`)
    try {
      await import(pathToFileURL(resolve(file)).href)
    } catch (error) {
      throw new BadInput(`--use ${file}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
}
