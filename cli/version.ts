import { readFileSync } from 'node:fs'

/** The version in the package's own package.json, wherever it is called from. */
export function projectVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  const { version } = JSON.parse(text) as { version: string }
  return version
}
