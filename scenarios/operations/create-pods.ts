import { z } from 'zod'
import { defaultPod, type Labels, NEVER, type PodSpec } from '../../engine/index.js'
import type { Assembly } from '../assembly.js'
import { isRecord } from '../describe-value.js'
import { checkObject } from '../manifests/check-object.js'
import type { Path } from '../path.js'
import { amounts, duration, integer, labels, namespace, objectName, section } from '../schema/fields.js'
import { defineOperation } from './operation.js'

interface NamedPods {
  readonly name: string
  readonly namespace: string
}

const schema = section({
  op: z.literal('createPods'),
  at: duration().describe('When the first one is created.'),
  name: objectName().describe('The pods are called `<name>-0`, `<name>-1` and so on.'),
  namespace: namespace().default('default').describe('Their namespace.'),
  count: integer(1, 10_000_000).default(1).describe('How many.'),
  every: duration().prefault('0s').describe('Time from one creation to the next.'),
  runFor: duration({ positive: true })
    .optional()
    .describe(
      'Running time until the containers exit with 0; absent: until deleted. With `requests` they are not ' +
        'restarted; a template says so in its restartPolicy.',
    ),
  requests: amounts()
    .optional()
    .describe('What one container asks for: short for a template with nothing else.'),
  labels: labels().optional().describe('Labels, together with `requests`.'),
  template: z
    .record(z.string(), z.unknown())
    .optional()
    .describe('A Kubernetes pod template: `metadata` and `spec`.'),
}).describe('Creates pods of one template without a controller.')

/** Many pods of one template; spaced in time they become a trace. */
export const createPods = defineOperation({
  op: 'createPods',
  schema,
  translate(entry, path, assembly) {
    const { at, name, count, every } = entry
    const template = templateOf(entry, path, assembly)
    if (template === undefined) return
    const names = Array.from({ length: count }, (_, i) => `${name}-${i}`)
    if (!assembly.claimPodNames(entry.namespace, names, [...path, 'name'])) return
    const runFor = entry.runFor ?? NEVER
    if (every === 0 || count === 1) {
      assembly.operate({ op: 'create-pods', at, namespace: entry.namespace, names, template, runFor })
      return
    }
    assembly.addTrace({
      name,
      namespace: entry.namespace,
      names,
      createdAt: Float64Array.from(names, (_, i) => at + i * every),
      template: new Uint32Array(count).fill(template),
      runFor: new Float64Array(count).fill(runFor),
      deletedAt: new Float64Array(count).fill(NEVER),
      removeFinished: false,
    })
  },
})

function templateOf(entry: z.output<typeof schema>, path: Path, assembly: Assembly): number | undefined {
  const { requests, template } = entry
  if ((requests === undefined) === (template === undefined)) {
    assembly.fault(path, 'give either "requests" or "template"')
    return undefined
  }
  if (template === undefined) {
    const written = assembly.rawAt([...path, 'requests'])
    const texts = Object.fromEntries(
      Object.entries(isRecord(written) ? written : {}).map(([name, quantity]) => [name, String(quantity)]),
    )
    const container = {
      name: 'main',
      imagePullPolicy: 'IfNotPresent',
      resources: { requests: texts },
    } as const
    const podLabels = entry.labels ?? {}
    const once = entry.runFor === undefined ? {} : ({ restartPolicy: 'Never' } as const)
    const spec = assembly.admittedPodSpec(defaultPod({ containers: [container], ...once }, podLabels), path)
    const annotations = annotationsOf({}, podLabels, entry, assembly)
    return assembly.templateIndex({ template: { spec, annotations }, labels: podLabels })
  }
  if (entry.labels !== undefined) {
    assembly.fault([...path, 'labels'], 'labels of a template stand in its metadata')
    return undefined
  }
  return fullTemplate(template, entry, path, assembly)
}

/** A template is checked as the pod that it makes. */
export function fullTemplate(
  template: Readonly<Record<string, unknown>>,
  entry: NamedPods,
  path: Path,
  assembly: Assembly,
): number | undefined {
  const at = [...path, 'template']
  const metadata = isRecord(template['metadata']) ? template['metadata'] : {}
  const pod = { ...template, apiVersion: 'v1', kind: 'Pod', metadata: { ...metadata, name: entry.name } }
  const checked = checkObject(pod, at)
  if ('faults' in checked) {
    for (const { path: place, message, part } of checked.faults) assembly.fault(place, message, part)
    return undefined
  }
  const { manifest } = checked
  const spec = assembly.admittedPodSpec(manifest['spec'] as PodSpec, [...at, 'spec'])
  const { annotations = {}, labels: podLabels = {} } = manifest.metadata
  return assembly.templateIndex({
    template: { spec, annotations: annotationsOf(annotations, podLabels, entry, assembly) },
    labels: podLabels,
  })
}

function annotationsOf(
  written: Labels,
  podLabels: Labels,
  { name, namespace: where }: NamedPods,
  { behaviour }: Assembly,
): Labels {
  return behaviour.annotate(written, { kind: 'Pod', namespace: where, name, labels: podLabels })
}
