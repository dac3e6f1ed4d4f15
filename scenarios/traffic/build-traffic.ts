/** Makes the model's traffic of what a scenario says of services, traffic, usage, metrics and the network. */
import {
  DEFAULT_NETWORK,
  DEFAULT_SCRAPES,
  type Demand,
  type LoadSpec,
  parseSelector,
  SECOND,
  type Traffic,
  type UsageProfile,
} from '../../engine/index.js'
import type { Assembly } from '../assembly.js'
import type { Issue } from '../issue.js'
import type { Unreadable } from '../manifests/read-file.js'
import type { Path } from '../path.js'
import type { ValidSections } from '../validate.js'
import type { MachineOptions } from './read-machines.js'
import type { ReadSeries } from './read-series.js'
import type { SeriesFile, WrittenLoad } from './written-load.js'

export interface TrafficInputs {
  series(series: SeriesFile): Promise<ReadSeries | Unreadable>
  machines(
    file: string,
    options: MachineOptions,
  ): Promise<{ readonly loads: readonly LoadSpec[]; readonly issues: readonly Issue[] } | Unreadable>
}

const NOTHING: LoadSpec = { kind: 'constant', value: 0 }

/** Reads series and checks names; undefined when the scenario says nothing of traffic. */
export async function buildTraffic(
  sections: ValidSections,
  inputs: TrafficInputs,
  assembly: Assembly,
): Promise<Traffic | undefined> {
  const { services, traffic, usage, metrics, network } = sections
  const builder = new TrafficBuilder(inputs, assembly)
  const isSaid = (section: string): boolean => assembly.rawAt([section]) !== undefined
  if (!['services', 'traffic', 'usage', 'metrics', 'network'].some(isSaid)) return undefined
  const demands: Demand[] = []
  for (const { index, value } of traffic) demands.push(await builder.demand(value, ['traffic', index]))
  const profiles: UsageProfile[] = []
  for (const { index, value } of usage) profiles.push(await builder.usage(value, ['usage', index]))
  const { external = [], ...scrapes } = metrics ?? {}
  const externalMetrics = []
  for (const [i, { name, labels, value }] of external.entries())
    externalMetrics.push({
      name,
      labels,
      value: await builder.load(value, ['metrics', 'external', i, 'value']),
    })
  return {
    network: network ?? DEFAULT_NETWORK,
    metrics: { ...DEFAULT_SCRAPES, ...scrapes },
    services: services.map(({ index, value }) => builder.service(value, ['services', index])),
    demands,
    usage: profiles,
    externalMetrics,
  }
}

class TrafficBuilder {
  readonly #inputs: TrafficInputs
  readonly #assembly: Assembly
  readonly #names = new Set<string>()

  constructor(inputs: TrafficInputs, assembly: Assembly) {
    this.#inputs = inputs
    this.#assembly = assembly
  }

  service(value: ValidSections['services'][number]['value'], path: Path): Traffic['services'][number] {
    const { name, namespace, cpu, other, queue = Infinity, concurrency, variation, discipline } = value
    this.#assembly.requireObject('Service', namespace, name, [...path, 'name'])
    if (cpu + other === 0)
      this.#assembly.fault(path, 'give "cpu", "other" or both: a request takes some time')
    return {
      namespace,
      service: name,
      requests: {
        cpuSeconds: cpu / SECOND,
        otherSeconds: other / SECOND,
        concurrency,
        queue,
        variation,
        discipline,
      },
    }
  }

  async demand(value: ValidSections['traffic'][number]['value'], path: Path): Promise<Demand> {
    const { namespace, service = '', pod = '', host = '', path: route, clients, zones, origin } = value
    if ((service === '') === (host === '')) this.#assembly.fault(path, 'give either "service" or "host"')
    if (service !== '') this.#assembly.requireObject('Service', namespace, service, [...path, 'service'])
    const target = service === '' ? `${host}${route}` : `${namespace}/${pod === '' ? service : pod}`
    const name = value.name ?? target
    if (this.#names.has(name)) {
      const where = value.name === undefined ? path : [...path, 'name']
      this.#assembly.fault(where, `there is traffic "${name}" already; give it a name of its own`)
    }
    this.#names.add(name)
    const requestsPerSecond = await this.load(value.demand, [...path, 'demand'])
    return { name, namespace, service, pod, host, path: route, requestsPerSecond, clients, zones, origin }
  }

  async usage(value: ValidSections['usage'][number]['value'], path: Path): Promise<UsageProfile> {
    const { namespace, selector, container, cpu, memory, machines } = value
    const parsed = parseSelector(selector)
    if ('error' in parsed) this.#assembly.fault([...path, 'selector'], parsed.error)
    if (cpu !== undefined && machines !== undefined)
      this.#assembly.fault([...path, 'machines'], 'there is "cpu" already')
    const milliCPU: LoadSpec[] = cpu === undefined ? [] : [await this.load(cpu, [...path, 'cpu'])]
    if (machines !== undefined) {
      const { file, every, unit, limit = Infinity } = machines
      const read = await this.#inputs.machines(file, { every, unit, limit })
      if ('unreadable' in read) this.#assembly.fault([...path, 'machines', 'file'], read.unreadable)
      else {
        this.#assembly.issues.push(...read.issues)
        milliCPU.push(...read.loads)
      }
    }
    const memoryBytes = memory === undefined ? [] : [await this.load(memory, [...path, 'memory'])]
    const name = value.name ?? `${namespace}/${selector}`
    return { name, namespace, selector, container, milliCPU, memoryBytes }
  }

  async load(written: WrittenLoad, path: Path): Promise<LoadSpec> {
    if (written.kind === 'file') return this.#series(written.series, [...path, ...written.path, 'file'])
    if (written.kind === 'poisson' || written.kind === 'scaled')
      return { ...written, of: await this.load(written.of, path) }
    if (written.kind !== 'sum') return written
    const of: LoadSpec[] = []
    for (const part of written.of) of.push(await this.load(part, path))
    return { ...written, of }
  }

  async #series(series: SeriesFile, path: Path): Promise<LoadSpec> {
    const read = await this.#inputs.series(series)
    if ('unreadable' in read) {
      this.#assembly.fault(path, read.unreadable)
      return NOTHING
    }
    this.#assembly.issues.push(...read.issues)
    const { at, value, end } = read.series
    if (at.length === 0 && read.issues.length === 0) this.#assembly.fault(path, 'there are no rows to take')
    return { kind: 'trace', name: series.file, at, value, end, repeat: series.repeat }
  }
}
