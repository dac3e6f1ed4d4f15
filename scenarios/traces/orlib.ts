import { z } from 'zod'
import { didYouMean, NEVER, SECOND } from '../../engine/index.js'
import { plainText } from '../schema/fields.js'
import { readCsv } from './csv-rows.js'
import { TracePods, tracePodTemplate, tracePool } from './trace-columns.js'
import { defineTraceReader } from './trace-reader.js'

const COLUMNS = ['instance', 'capacity', 'item', 'size'] as const

/**
 * One instance of bin packing: items are pods that ask for thousandths of a cpu, bins are nodes. There are as many
 * nodes as items, so every pod finds one, and `nodes_in_use_peak` is the number of bins that the policy needs.
 */
export const orlib = defineTraceReader({
  reader: 'orlib',
  about:
    "OR-Library's bin packing instances as CSV `instance,capacity,item,size`: items become pods, bins nodes; " +
    'both come from `pods`',
  fields: {
    instance: plainText().describe('Name of the instance in the file, such as `u120_00`.'),
    order: z
      .enum(['listed', 'decreasing'])
      .default('listed')
      .describe('Items arrive all at once in the order of the file, or the largest first, size by size.'),
  },
  async read(options) {
    const { instance, order, name } = options
    if (options.pods === undefined) return { option: 'pods', message: 'the items are missing' }
    const pods = new TracePods(options)
    const instances = new Set<string>()
    let capacity = 0
    const issues = await readCsv(options.pods, COLUMNS, row => {
      instances.add(row.text(0))
      if (row.text(0) !== instance) return
      const size = row.count(3)
      const bin = row.count(1)
      if (Number.isNaN(size + bin)) return
      if (size > bin) return row.fault(3, `the item is larger than a bin of ${bin}`)
      capacity = bin
      const template = pods.template(String(size), () => tracePodTemplate({ cpu: `${size}m` }, {}))
      const arrival = order === 'listed' ? 0 : (bin - size) * SECOND
      return pods.add(row, 2, arrival, template, NEVER, NEVER)
    })
    if ('unreadable' in issues) return { option: 'pods', message: issues.unreadable }
    if (issues.length === 0 && !instances.has(instance)) {
      const meant = didYouMean(instance, instances)
      const hint = meant === undefined ? '' : `; did you mean "${meant}"?`
      return { option: 'instance', message: `there is no instance "${instance}" in the file${hint}` }
    }
    const items = pods.finish(false)
    const count = items.names.length
    const amounts = { cpu: capacity, memory: 2 ** 40, pods: Math.max(count, 1) }
    return {
      pools: [tracePool(`${name}-bins`, {}, amounts)],
      nodes: [{ pool: 0, names: items.names.map((_, i) => `${name}-bin-${i}`) }],
      templates: pods.templates,
      pods: items,
      issues,
    }
  },
})
