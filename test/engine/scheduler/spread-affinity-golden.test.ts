import { fileURLToPath } from 'node:url'
import test from 'ava'
import type { PodSpec } from '../../../engine/model/pod-spec.js'
import type { Manifest } from '../../../engine/model/simulation-model.js'
import type { AnyPlugin } from '../../../engine/scheduler/framework/define-plugin.js'
import { interPodAffinity } from '../../../engine/scheduler/plugins/inter-pod-affinity.js'
import { podTopologySpread } from '../../../engine/scheduler/plugins/pod-topology-spread.js'
import { readCases } from '../../conformance/golden-files.js'
import { GOLDEN } from '../../conformance/golden-folder.js'
import type { CaseRecord } from '../../conformance/suite.js'
import { PluginStage } from '../../support/plugin-stage.js'

interface Case {
  readonly id: string
  readonly nodes: readonly Manifest[]
  readonly pods?: readonly Manifest[]
  readonly objects?: readonly Manifest[]
  readonly pod: Manifest
  readonly config?: {
    readonly profiles?: readonly {
      readonly pluginConfig?: readonly { readonly name: string; readonly args: object }[]
    }[]
  }
  readonly want: {
    readonly preEnqueue?: unknown
    readonly prefilter?: unknown
    readonly rejected?: Readonly<Record<string, { plugin: string; code: string; reasons: string[] }>>
    readonly feasible?: readonly string[]
    readonly scores?: Readonly<Record<string, Readonly<Record<string, number>>>>
  }
}

const CODES = ['Success', 'Error', 'Unschedulable', 'UnschedulableAndUnresolvable']

/** Where the plugin differs from what the scheduler answered for one case. */
function differences(record: Case, definition: AnyPlugin): string[] {
  const { want } = record
  if (want.preEnqueue !== undefined || want.prefilter !== undefined) return []
  const stage = new PluginStage()
  const args = record.config?.profiles?.[0]?.pluginConfig?.find(({ name }) => name === definition.name)?.args
  const plugin = stage.plugin(definition as never, args)
  for (const object of record.objects ?? []) stage.object(object)
  const nodes = record.nodes.map(node => stage.node(node))
  for (const pod of record.pods ?? []) {
    if ((pod['spec'] as PodSpec).nodeName !== undefined) stage.pod(pod)
  }
  const pod = stage.pod(record.pod)
  const found: string[] = []
  const feasible = new Set(want.feasible ?? [])
  for (const [i, rejection] of stage.filter(plugin, pod, nodes).entries()) {
    const name = record.nodes[i].metadata.name
    const wanted = want.rejected?.[name]
    if (wanted?.plugin !== definition.name) {
      if (feasible.has(name) && rejection !== undefined) found.push(`${name} is rejected`)
      continue
    }
    if (rejection === undefined) found.push(`${name} is not rejected`)
    else if (CODES[rejection.code] !== wanted.code || rejection.reasons.join() !== wanted.reasons.join()) {
      found.push(`${name}: ${CODES[rejection.code]} ${rejection.reasons.join()}`)
    }
  }
  if (want.scores === undefined) return found
  const passed = nodes.filter((_, i) => feasible.has(record.nodes[i].metadata.name))
  const scores = stage.score(plugin, pod, passed)
  const wantedScores = want.scores[definition.name]
  if ((scores === undefined) !== (wantedScores === undefined)) found.push('scored or not')
  for (const [i, node] of passed.entries()) {
    const wanted = wantedScores?.[stage.state.nodes.name[node] as string]
    if (scores !== undefined && scores[i] !== wanted) found.push(`score ${scores[i]}, not ${wanted}`)
  }
  return found
}

const SUITES = ['topology-spread', 'pod-affinity', 'mixed', 'preemption']

for (const definition of [podTopologySpread, interPodAffinity]) {
  for (const suite of SUITES) {
    test(`${definition.name} answers as the real one in the suite ${suite}`, t => {
      const path = fileURLToPath(new URL(`scheduler/${suite}.ndjson.gz`, GOLDEN))
      for (const { id, record } of readCases({ name: suite, path })) {
        const golden = record as CaseRecord & Case
        // Pods that are nominated are another matter than what the plugin knows of the snapshot.
        if (golden.pods?.some(pod => (pod['spec'] as PodSpec).nodeName === undefined)) continue
        t.deepEqual(differences(golden, definition), [], id)
      }
    })
  }
}
