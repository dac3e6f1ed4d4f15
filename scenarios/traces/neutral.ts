import { NEVER } from '../../engine/index.js'
import { readCsv } from './csv-rows.js'
import { TraceNodes, TracePods, tracePodTemplate, tracePool } from './trace-columns.js'
import { defineTraceReader } from './trace-reader.js'

const NODE_COLUMNS = ['name', 'cpu_milli', 'memory_mib', 'max_pods'] as const
const POD_COLUMNS = ['name', 'arrival_s', 'cpu_milli', 'memory_mib', 'duration_s'] as const
const MIB = 1024 * 1024

/**
 * A plain form that any simulator can read: nodes with cpu, memory and pod slots, pods with an arrival, requests and a
 * duration. A pod runs for its duration from its start and leaves the cluster.
 */
export const neutral = defineTraceReader({
  reader: 'neutral',
  about:
    'CSV with nodes `name,cpu_milli,memory_mib,max_pods` and pods `name,arrival_s,cpu_milli,memory_mib,duration_s`',
  fields: {},
  async read(options) {
    const nodes = new TraceNodes()
    const pods = new TracePods(options)
    const issues = []
    if (options.nodes !== undefined) {
      const found = await readCsv(options.nodes, NODE_COLUMNS, row => {
        const cpu = row.count(1)
        const memory = row.count(2)
        const slots = row.count(3)
        if (Number.isNaN(cpu + memory + slots)) return
        nodes.add(row, 0, `${cpu},${memory},${slots}`, () =>
          tracePool(
            `${options.name}-${cpu / 1000}cpu-${memory / 1024}gi`,
            {},
            {
              cpu,
              memory: memory * MIB,
              pods: slots,
            },
          ),
        )
      })
      if ('unreadable' in found) return { option: 'nodes', message: found.unreadable }
      issues.push(...found)
    }
    if (options.pods !== undefined) {
      const found = await readCsv(options.pods, POD_COLUMNS, row => {
        const arrival = row.seconds(1)
        const cpu = row.count(2)
        const memory = row.count(3)
        const runFor = row.seconds(4)
        if (Number.isNaN(arrival + cpu + memory + runFor)) return
        const template = pods.template(`${cpu},${memory}`, () =>
          tracePodTemplate({ cpu: `${cpu}m`, memory: `${memory}Mi` }, {}),
        )
        pods.add(row, 0, arrival, template, runFor, NEVER)
      })
      if ('unreadable' in found) return { option: 'pods', message: found.unreadable }
      issues.push(...found)
    }
    return {
      pools: nodes.pools,
      nodes: nodes.runs,
      templates: pods.templates,
      pods: pods.finish(true),
      issues,
    }
  },
})
