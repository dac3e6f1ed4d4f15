import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The project's folder: tests run from dist/test/..., three levels below it. */
export const PROJECT: string = resolve(dirname(fileURLToPath(import.meta.url)), '../../..')

export interface SourceFile {
  /** Path from the project's folder, with forward slashes. */
  readonly path: string
  readonly text: string
  readonly lines: readonly string[]
}

/** Every TypeScript file below the given folders, in order of path. */
export function sourceFiles(...folders: string[]): SourceFile[] {
  const found: SourceFile[] = []
  const visit = (folder: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) visit(path)
      else if (entry.name.endsWith('.ts')) {
        const text = readFileSync(path, 'utf8')
        found.push({ path: relative(PROJECT, path).split(sep).join('/'), text, lines: text.split('\n') })
      }
    }
  }
  for (const folder of folders) visit(join(PROJECT, folder))
  return found.sort((a, b) => (a.path < b.path ? -1 : 1))
}

/** Paths of the project's files that a file imports, types included. */
export function importsOf(file: SourceFile): string[] {
  const imports: string[] = []
  for (const [, target] of file.text.matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)) {
    const path = join(dirname(file.path), target).split(sep).join('/')
    imports.push(path.replace(/\.js$/, '.ts'))
  }
  return imports
}

/** The comment block at the head of a file, before or after its imports, without the comment marks. */
export function headerOf(file: SourceFile): string {
  for (const [block] of file.text.matchAll(/\/\*\*[\s\S]*?\*\//g)) {
    if (/Upstream:/.test(block)) {
      return block
        .split('\n')
        .map(line => line.replace(/^\s*(?:\/\*\*|\*\/|\*)\s?/, '').replace(/\s*\*\/$/, ''))
        .join(' ')
        .replace(/\s+/g, ' ')
        .trim()
    }
  }
  return ''
}
