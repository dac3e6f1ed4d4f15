import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { projectReference } from '../../reports/index.js'
import { scenarioReference } from '../../scenarios/index.js'
import { fidelityTable } from './fidelity.js'
import { PROJECT } from './source-files.js'

/** Writes the pages that are made from the sources: `npm run docs`. */
writeFileSync(join(PROJECT, 'engine/FIDELITY.md'), fidelityTable())
writeFileSync(join(PROJECT, 'reports/csv/README.md'), projectReference())
writeFileSync(join(PROJECT, 'scenarios/README.md'), await scenarioReference())
