import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Issue } from '../issue.js'
import { openFault, type Unreadable } from '../manifests/read-file.js'

export interface MachineFile {
  readonly name: string
  readonly values: Float64Array
}

/** The files of a folder, each with a number a line, in the order of their names; undefined: it is no folder. */
export function readMachineFiles(
  folder: string,
  limit: number,
): { readonly machines: readonly MachineFile[]; readonly issues: readonly Issue[] } | Unreadable | undefined {
  try {
    if (!statSync(folder).isDirectory()) return undefined
  } catch (error) {
    return { unreadable: `cannot read ${folder}: ${openFault(error)}` }
  }
  const issues: Issue[] = []
  const entries = readdirSync(folder, { withFileTypes: true }).filter(entry => entry.isFile())
  const names = entries.map(({ name }) => name).toSorted((a, b) => (a < b ? -1 : 1))
  const machines = names.slice(0, limit).map(name => {
    const file = join(folder, name)
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
    const values = Float64Array.from(lines, (text, i) => {
      const value = text.trim() === '' ? Number.NaN : Number(text)
      if (Number.isNaN(value))
        issues.push({ file, line: i + 1, column: 1, path: '', message: `expected a number, got "${text}"` })
      return value
    })
    return { name, values }
  })
  return { machines, issues }
}
