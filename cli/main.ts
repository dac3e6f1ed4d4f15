#!/usr/bin/env node
/**
 * The command. `npm run build` puts it and everything it needs together into `dist/bundle`, from where it starts in
 * half the time; `dist/cli` has the same command as it was compiled.
 */
import { projectVersion } from './version.js'

// A reader that has seen enough, such as head, closes the pipe: no reason to complain.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : 1)
})

const words = process.argv.slice(2)
if (words.length === 1 && words[0] === '--version') {
  process.stdout.write(`${projectVersion()}\n`)
} else {
  const { runProgram } = await openProgram(words.some(word => /^--use\b/.test(word)))
  await runProgram(words)
}

/** Modules of the user's own import the engine as it was compiled, and share it with the command. */
function openProgram(hasModules: boolean): Promise<typeof import('./program.js')> {
  if (!hasModules) return import('./program.js')
  return import(new URL('../cli/program.js', import.meta.url).href) as Promise<typeof import('./program.js')>
}
