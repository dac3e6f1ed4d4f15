import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { nodeFailureSpread, spreadTable } from '../conformance/node-failure-spread.js'
import { PROJECT } from './source-files.js'

/** Writes the page with the spread of node failures: `npm run spread`. */
const PAGE = `# Node failures: the spread over ten seeds, and the recorded one

\`\`\`console
$ npm run spread
\`\`\`

writes this page. A real control plane (1.36.3) was recorded in thirteen scenarios in which nodes die, fall silent, come
back or are deleted, two or three times each; here every one of them is simulated with ten seeds. When exactly something
happens is up to random phases: of the heartbeats, of the passes of the node monitor, of the rounds of garbage
collection. Both columns are read off the timelines by the same code, and a test keeps every simulated value within what
these phases allow, and its median near the recorded one.

`
writeFileSync(
  join(PROJECT, 'docs/node-failure-spread.md'),
  `${PAGE}${spreadTable(await nodeFailureSpread())}\n`,
)
