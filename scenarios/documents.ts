/**
 * What other rooms need to read files of their own as scenarios are read: values with their places, the blocks of
 * schemas with their messages, and the faults they find. It loads the YAML and schema libraries, so it stands behind
 * an asynchronous door.
 */
export { describeValue, isRecord, listAlternatives } from './describe-value.js'
export { sortIssues } from './issue.js'
export { nameOf, settingValue } from './load.js'
export { readDocuments, wholeFile } from './manifests/read-file.js'
export { type Assignment, readSettings, ScenarioSource, variantAssignments } from './scenario-source.js'
export { conditionOf } from './schema/expectation.js'
export {
  addFaults,
  amount,
  duration,
  filePath,
  integer,
  list,
  objectName,
  plainText,
  section,
} from './schema/fields.js'
export { jsonSchemaOf, knownKeysAt } from './schema/json-schema.js'
export { faultsOf } from './schema/zod-faults.js'
export { SECTIONS } from './schema.js'
export { readCsv } from './traces/csv-rows.js'
