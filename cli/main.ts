#!/usr/bin/env node
import { projectVersion } from './version.js'

// A reader that has seen enough, such as head, closes the pipe: no reason to complain.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : 1)
})

const words = process.argv.slice(2)
if (words.length === 1 && words[0] === '--version') {
  process.stdout.write(`${projectVersion()}\n`)
} else {
  const { runProgram } = await import('./program.js')
  await runProgram(words)
}
