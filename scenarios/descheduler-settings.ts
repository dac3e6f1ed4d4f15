import type { z } from 'zod'
import {
  type DeschedulerPolicy,
  type DeschedulerSettings,
  deschedulerPolicyFaults,
  parseCron,
} from '../engine/index.js'
import type { Assembly } from './assembly.js'
import { formatPath, type Path } from './path.js'
import type { SchedulerInputs } from './scheduler-settings.js'
import type { deschedulerSchema } from './schema/descheduler.js'

type DeschedulerSection = z.output<typeof deschedulerSchema>

/** The descheduler of the model; mistakes go to the assembly, those of a file with their place in it. */
export function deschedulerSettings(
  { policy, configuration, interval, schedule }: DeschedulerSection,
  inputs: SchedulerInputs,
  assembly: Assembly,
): DeschedulerSettings | undefined {
  const path = ['descheduler']
  if (schedule !== undefined) {
    const read = parseCron(schedule, () => undefined)
    if ('error' in read) assembly.fault([...path, 'schedule'], read.error)
  }
  if ((policy === undefined) === (configuration === undefined)) {
    assembly.fault(path, 'give either "policy" or "configuration"')
    return undefined
  }
  const read = configuration === undefined ? policy : fromFile(configuration, inputs, assembly)
  if (configuration === undefined) {
    tell(policy, (place, message, part) => assembly.fault([...path, 'policy', ...place], message, part))
  }
  // Checked just now.
  const settings = { policy: read as DeschedulerPolicy, interval }
  return schedule === undefined ? settings : { ...settings, schedule }
}

type Tell = (path: Path, message: string, part: 'key' | undefined) => void

function tell(policy: unknown, fault: Tell): void {
  for (const { path, message, part } of deschedulerPolicyFaults(policy)) fault(path, message, part)
}

function fromFile(file: string, inputs: SchedulerInputs, assembly: Assembly): unknown {
  const document = inputs.configuration(file)
  if ('unreadable' in document) assembly.fault(['descheduler', 'configuration'], document.unreadable)
  else if ('issues' in document) assembly.issues.push(...document.issues)
  else {
    const { value, locate } = document
    tell(value, (path, message, part) => {
      assembly.issues.push({ ...locate(path, part), path: formatPath(path), message })
    })
    return value
  }
  return undefined
}
