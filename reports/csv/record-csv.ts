import type { RecordName } from '../../engine/index.js'
import { defineReport, type Report } from '../report.js'
import { CsvFile } from './csv-file.js'

/** The report that writes one record as `<record>.csv`, rows as they come. */
export function recordCsv(record: RecordName, about: string): Report {
  return defineReport({
    name: record,
    about,
    needs: [record],
    create(out) {
      const file = new CsvFile(out, `${record}.csv`)
      return {
        sink(name, run) {
          return name === record ? { chunk: chunk => file.chunk(run, chunk) } : undefined
        },
        write(results) {
          for (const { records } of results) {
            const table = records.find(({ definition }) => definition.name === record)
            if (table !== undefined) file.open(table.definition)
          }
        },
      }
    },
  })
}
