import { headerOf, sourceFiles } from './source-files.js'

/** Folders whose files behave like a part of Kubernetes and say which. */
export const BEHAVIOURAL_FOLDERS = [
  'engine/apiserver',
  'engine/autoscaler',
  'engine/controllers',
  'engine/kubelet',
  'engine/network',
  'engine/operator',
  'engine/scheduler',
  'engine/storage',
] as const

interface FidelityRow {
  readonly path: string
  readonly upstream: string
  readonly simplified: string
}

/** The table of what follows what, made from the `Upstream:` and `Simplified:` lines of the sources. */
export function fidelityTable(): string {
  const rows = sourceFiles('engine').flatMap(file => {
    const row = fidelityRow(file.path, headerOf(file))
    return row === undefined ? [] : [row]
  })
  return [
    '# Fidelity: what follows which part of Kubernetes 1.36',
    '',
    'Made from the `Upstream:` and `Simplified:` lines at the head of the sources; a test keeps it equal to them.',
    '',
    '| file | follows | leaves out |',
    '|---|---|---|',
    ...rows.map(row => `| \`${row.path}\` | ${row.upstream} | ${row.simplified} |`),
    '',
  ].join('\n')
}

function fidelityRow(path: string, header: string): FidelityRow | undefined {
  const match = /Upstream:\s*(.*?)(?:\s*Simplified:\s*(.*))?$/.exec(header)
  if (match === null) return undefined
  const cell = (text: string | undefined): string => (text ?? '').replaceAll('|', '\\|').trim()
  return { path, upstream: cell(match[1]), simplified: cell(match[2]) }
}
