import type { Documents } from '../scenarios/index.js'

/** A value of the command line as YAML; a text that is none stays text. */
export function yamlValue(text: string, blocks: Documents): unknown {
  const read = blocks.settingValue(text)
  return 'message' in read ? text : read.value
}
