import { z } from 'zod'
import { parseDuration, quantityFromJson, SECOND, type SimTime } from '../../engine/index.js'
import { selectorFault } from '../selector-fault.js'
import { addFaults, duration, integer, namespace, objectName, plainText, section } from './fields.js'

/** `64Mi`, or `64Mi..2Gi/1h`: from one amount to the other, evenly over a time. */
export const growth = () =>
  plainText().check(({ value, issues }) => {
    const [from, rest] = value.split('..')
    const [to, over] = rest === undefined ? [undefined, undefined] : rest.split('/')
    const amounts = [from, to].filter(text => text !== undefined)
    const areAmounts = amounts.every(text => quantityFromJson(text.trim()) !== undefined)
    const isTimed = rest === undefined || (over !== undefined && parseDuration(over.trim()) !== undefined)
    if (areAmounts && isTimed) return
    addFaults({ issues }, value, [
      { path: [], message: 'expected an amount, or one that grows, such as 64Mi..2Gi/1h' },
    ])
  })

const readyAfter: z.ZodType<SimTime | 'never', string | number> = z.union([z.literal('never'), duration()])

/** A rule of what pods do; the fields that choose pods come first. */
export const behaviourRule = section({
  kind: plainText().optional().describe('Only pods of manifests of this kind, such as `CronJob`.'),
  name: objectName().optional().describe('Only those of the object of this name.'),
  namespace: namespace().optional().describe('Only those in this namespace.'),
  selector: plainText().optional().describe('Only pods with these labels, such as `app=web`.'),
  start: duration().optional().describe('From the kubelet seeing the bound pod to Running.'),
  ready: readyAfter.optional().describe('From Running to Ready; `never`.'),
  run: duration().optional().describe('From Running to the exit of the containers; absent: endless.'),
  exitCode: integer(0, 255).optional().describe('Exit code at that moment.'),
  crashAfter: duration().optional().describe('Short for `run` and `exitCode: 1`.'),
  stop: duration().optional().describe('From seeing the deletion to the end of the containers.'),
  memory: growth().optional().describe('Memory in use, such as `64Mi` or `64Mi..2Gi/1h`.'),
  disk: growth().optional().describe('Disk in use.'),
}).check(({ value, issues }) => {
  const { run, exitCode, crashAfter, selector } = value
  if (crashAfter !== undefined && (run !== undefined || exitCode !== undefined)) {
    const message = 'stands for "run" and "exitCode"; leave those out'
    addFaults({ issues }, value, [{ path: ['crashAfter'], message }])
  }
  const fault = selector === undefined ? undefined : selectorFault(selector)
  if (fault !== undefined) addFaults({ issues }, value, [{ path: ['selector'], message: fault }])
})

export type BehaviourRule = z.output<typeof behaviourRule>

/** The annotations that say what the rule says. */
export function behaviourAnnotations(rule: BehaviourRule): Readonly<Record<string, string>> {
  const { start, ready, run, exitCode, crashAfter, stop, memory, disk } = rule
  const exitAfter = crashAfter ?? run
  const code = crashAfter === undefined ? exitCode : 1
  const values = {
    'start-seconds': start === undefined ? undefined : String(start / SECOND),
    'ready-seconds': typeof ready === 'number' ? String(ready / SECOND) : ready,
    'run-seconds': exitAfter === undefined ? undefined : String(exitAfter / SECOND),
    'exit-code': code === undefined ? undefined : String(code),
    'stop-seconds': stop === undefined ? undefined : String(stop / SECOND),
    'memory-usage': memory,
    'disk-usage': disk,
  }
  const annotations: Record<string, string> = {}
  for (const [name, value] of Object.entries(values))
    if (value !== undefined) annotations[`kubelapse.io/${name}`] = value
  return annotations
}
