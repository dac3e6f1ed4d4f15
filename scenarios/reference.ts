import { FAILURE_MODELS } from '../engine/index.js'
import type { JsonSchema } from './schema/json-schema.js'
import { DISTRIBUTIONS, LOADS, type WrittenValue } from './written-values.js'

/** Text of the reference for one schema: every field with its kind, default and meaning, section by section. */
export function scenarioReference(schema: JsonSchema): string {
  const tables: string[] = []
  describeSection('', schema, tables)
  return [INTRODUCTION, ...tables, ...valueTables()].join('\n').replace(/\n+$/, '\n')
}

const INTRODUCTION = `# Scenarios

A scenario is a YAML or JSON file that says what a cluster is made of, what happens to it, what to measure and what must
hold in the end. This page is made from the schema in \`schema.ts\` (\`npm run docs\`); a test keeps the two equal.
\`kubelapse schema\` prints the same as JSON Schema for editors. Examples that run are in \`examples/\`.

\`\`\`yaml
name: two-zones
about: Twelve pods on four nodes in two zones.
duration: 10m
nodes:
  - name: worker
    count: 4
    capacity: { cpu: 4, memory: 16Gi }
    zones: [a, b]
workloads:
  - file: manifests/web.yaml          # ordinary Kubernetes manifests, kubectl get -o yaml included
timeline:
  - { at: 1m, op: createPods, name: batch, count: 8, requests: { cpu: 500m, memory: 1Gi }, runFor: 90s }
  - { at: 5m, op: cordon, nodes: [worker-0] }
expect:
  - pods_never_scheduled: 0
  - wait_p99_s: "< 30"
variants:
  spread: { scheduler.profile: default }
  pack: { scheduler.profile: most-allocated }
\`\`\`

- **YAML** is read as Kubernetes reads it: version 1.1 (\`yes\`, \`on\` and \`n\` are booleans, \`0644\` is octal),
  but without its times and dates.
- **Durations** have units: \`250ms\`, \`90s\`, \`1h30m\`, \`7d\`.
- **Quantities** are those of Kubernetes: \`500m\`, \`16Gi\`.
- **Files** are named relative to the scenario and may be gzipped.
- **Expectations** are \`metric: condition\`; a condition is a number, or one of \`< <= == != >= >\` and a number
  (a duration where the metric ends in \`_s\`, a percentage where it ends in \`_share\`).
  \`kubelapse list metrics\` names the metrics.
- **Variants** are the same scenario with something changed: mappings are merged, everything else is replaced,
  \`null\` goes back to the default, and a key may be a path such as \`nodes.0.count\`. All variants see the same
  arrivals.
- **\`--set path=value\`** puts a value over the file's own before anything is checked; a variant has the last word.
- **Mistakes** are told all at once, each with file, line and column; nothing is run or written then.
- **Manifests** may be those of an application as it is published, or what \`kubectl get -o yaml\` prints, with all that
  the server has added: owners and revisions are kept together, pods stay where they were, what has ended stays ended.
  Fields and kinds that nothing simulates are listed once as \`ignored\`.
- **Pods of a trace** have one container with the recorded requests. The behaviour of other pods is in annotations:
  \`kubelapse.io/run-seconds\`, \`start-seconds\`, \`ready-seconds\`, \`stop-seconds\` and \`exit-code\`, each also
  with \`-by-index\` (\`"2:never,5:1"\`) for single ordinals, and \`memory-usage\` and \`disk-usage\`
  (\`64Mi..2Gi/1h\`). Or in rules of the section \`behaviour\`, for manifests that nobody wants to edit.
- **Containers** of pods with init containers, sidecars, probes, hooks or restart rules run one by one. An annotation
  followed by a container's name is that of the container: \`kubelapse.io/run-seconds.migrate: "20"\`. Init containers
  run a second and exit with 0 unless they say otherwise; \`exit-code.NAME: "1,1,0"\` names the codes of several runs.
  Startup and readiness probes get good answers from \`ready-seconds\` on, bad ones again from \`unready-seconds\` on;
  liveness probes bad ones from \`hung-seconds\` on. Hooks take their \`sleep\`, \`post-start-seconds\` or
  \`pre-stop-seconds\`; \`post-start-fails: "true"\` has a PostStart hook fail. \`image-size: 500Mi\` has the image
  pulled where it is not on the node.
- **Memory** of a container is what \`memory-usage\` (of a container: \`memory-usage.NAME\`), the section \`usage\` and
  leaks say together. Above its limit it is killed, as \`oom_kills\` counts; so is one when its node has none left.
`

/** The kinds of values that fields of several sections have. */
function valueTables(): readonly string[] {
  return [
    ...valueTable('Loads', LOADS, [
      'What comes or is used over time: `demand` of traffic, `cpu` and `memory` of usage, `value` of external',
      'metrics. A number, or a mapping with one key:',
      '',
      '```yaml',
      'demand: { sum: [ 20, { diurnal: { low: 0, high: 300, peak: 20h, week: [1, 1, 1, 1, 1, 1.6, 1.4] } } ] }',
      '```',
    ]),
    ...valueTable('Distributions', DISTRIBUTIONS, [
      'What is drawn anew each time: `every` and `lasts` of failures, `bootTime` of node groups. A mapping with one',
      'key; what is a time has a unit:',
      '',
      '```yaml',
      'every: { weibull: { shape: 0.7, scale: 30d } }',
      '```',
    ]),
    '## Failure models',
    '',
    '`model` of `failures`, with the defaults of their `args`. They strike nodes (or, with `domain`, all nodes of',
    'one), pods, or the cluster as a whole.',
    '',
    '| model | strikes | args | meaning |',
    '|---|---|---|---|',
    ...FAILURE_MODELS.map(({ name, subjects, args, about = '' }) => {
      const given = Object.entries(args).map(([key, value]) => `\`${key}\` (${String(value)})`)
      return `| \`${name}\` | ${subjects.join(', ')} | ${given.join(', ')} | ${cell(about)} |`
    }),
    '',
  ]
}

function valueTable(
  heading: string,
  values: readonly WrittenValue[],
  about: readonly string[],
): readonly string[] {
  const rows = values.map(({ name, fields, about: text, example }) => {
    const shown = example === undefined ? '' : ` \`${example}\``
    return `| \`${name}\` | ${fields} | ${cell(text)}${shown} |`
  })
  return [`## ${heading}`, '', ...about, '', '| key | under it | meaning |', '|---|---|---|', ...rows, '']
}

function describeSection(path: string, schema: JsonSchema, tables: string[]): void {
  const alternatives = schema.oneOf ?? []
  for (const alternative of alternatives) {
    const [tag, choice] = tagOf(alternative)
    const heading = `\`${path}\` with \`${tag}: ${String(choice)}\``
    tables.push(...table(heading, alternative))
    describeChildren(path, alternative, tables)
  }
  if (alternatives.length > 0) return
  if (schema.properties !== undefined) {
    tables.push(...table(path === '' ? 'The file' : `\`${path}\``, schema))
    describeChildren(path, schema, tables)
  }
}

function describeChildren(path: string, { properties = {} }: JsonSchema, tables: string[]): void {
  const seen = new Set<string>()
  for (const [key, child] of Object.entries(properties)) {
    const inner = path === '' ? key : `${path}.${key}`
    // The extension points of a profile are all alike: the first one stands for them.
    const shape = JSON.stringify(child.properties)
    if (isPluginSet(child) && seen.has(shape)) continue
    seen.add(shape)
    describeSection(inner, child, tables)
    if (child.items !== undefined) describeSection(`${inner}[]`, child.items, tables)
  }
}

function isPluginSet({ properties = {} }: JsonSchema): boolean {
  return properties['enabled'] !== undefined && properties['disabled'] !== undefined
}

function tagOf({ properties = {} }: JsonSchema): readonly [string, unknown] {
  const tag = Object.entries(properties).find(([, { const: value }]) => value !== undefined)
  return tag === undefined ? ['', ''] : [tag[0], tag[1].const]
}

function table(heading: string, { description, properties = {}, required = [] }: JsonSchema): string[] {
  const rows = Object.entries(properties)
    .filter(([, property]) => property.const === undefined)
    .map(([key, property]) => {
      const fallback = required.includes(key) ? 'required' : defaultOf(property)
      return `| \`${key}\` | ${kindOf(property)} | ${fallback} | ${cell(property.description ?? '')} |`
    })
  const about = description === undefined ? [] : [description, '']
  return [
    `## ${heading}`,
    '',
    ...about,
    '| field | kind | default | meaning |',
    '|---|---|---|---|',
    ...rows,
    '',
  ]
}

function defaultOf({ default: value }: JsonSchema): string {
  if (value === undefined) return ''
  const isEmpty = value === '' || (typeof value === 'object' && JSON.stringify(value).length === 2)
  return isEmpty ? '' : `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``
}

function kindOf(schema: JsonSchema): string {
  if (schema.$comment !== undefined) return schema.$comment
  if (schema.enum !== undefined) return schema.enum.map(value => `\`${String(value)}\``).join(', ')
  if (schema.items !== undefined) return `list of ${plural(kindOf(schema.items))}`
  if (schema.properties !== undefined || schema.oneOf !== undefined || schema.type === 'object')
    return 'mapping'
  if (schema.anyOf !== undefined) return schema.anyOf.map(kindOf).join(' or ')
  const types = typeof schema.type === 'string' ? [schema.type] : (schema.type ?? [])
  return types.map(type => KINDS[type] ?? type).join(' or ')
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'text',
  integer: 'whole number',
  boolean: 'true or false',
}

function plural(kind: string): string {
  if (kind === 'text' || kind.startsWith('`')) return kind === 'text' ? 'texts' : kind
  return `${kind}s`
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}
