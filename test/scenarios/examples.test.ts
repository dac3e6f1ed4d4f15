import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { simulate } from '../../engine/index.js'
import { AUDITED_RECORDS, audit, checkExpectations, rowsOfTables } from '../../reports/index.js'
import { formatIssue, loadScenario } from '../../scenarios/index.js'
import { PROJECT } from '../support/source-files.js'

const EXAMPLES = join(PROJECT, 'scenarios/examples')
/** Recorded workloads of many thousand pods, which the bench of whole runs and the golden digests have. */
const BIG = new Set(['openb.yaml', 'neutral-openb.yaml', 'syn20k.yaml', 'syn50k.yaml', 'gpu-sharing.yaml'])
const records = AUDITED_RECORDS.filter(record => record !== 'runs')

for (const file of readdirSync(EXAMPLES).filter(name => name.endsWith('.yaml') && !BIG.has(name))) {
  test(`${file} says what it shows, and what it expects holds`, async t => {
    const loaded = await loadScenario(join(EXAMPLES, file))
    if ('issues' in loaded) throw new Error(loaded.issues.map(issue => formatIssue(issue)).join('\n'))
    t.regex(readFileSync(join(EXAMPLES, file), 'utf8'), /^about: /m)
    t.true(loaded.expectations.length > 0)
    const results = loaded.variants.map(({ name, model }) => {
      // Some metrics come with their records.
      const all = [...new Set([...model.measure.records, ...records])]
      return { ...simulate(model, { records: all }), name }
    })
    for (const { summary, records: tables } of results) {
      const rows = new Map([...rowsOfTables(tables), ['runs', [summary.values]]])
      t.deepEqual(audit(rows), [])
    }
    const checked = checkExpectations(loaded.expectations, results)
    t.deepEqual(
      checked.filter(({ holds }) => !holds),
      [],
    )
  })
}
