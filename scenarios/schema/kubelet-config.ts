/**
 * How the kubelets of a pool are configured, in the words of KubeletConfiguration, and what else its machines have.
 */
import { z } from 'zod'
import {
  DEFAULT_EVICTION_HARD,
  IMAGE_GC_HIGH_PERCENT,
  IMAGE_GC_LOW_PERCENT,
  IMAGE_MINIMUM_GC_AGE,
  type KubeletFlags,
  kubeletAnnotations,
  kubeletFault,
  PRESSURE_TRANSITION_PERIOD,
  SECOND,
  type SimTime,
} from '../../engine/index.js'
import { growth } from './behaviour.js'
import {
  addFaults,
  amount,
  amounts,
  duration,
  durationOr,
  integer,
  list,
  namespace,
  objectName,
  plainText,
  section,
} from './fields.js'

const bySignal = () => z.record(z.string(), plainText())

/** What the field is for. */
export const KUBELET =
  'How its kubelets reserve, evict and shut down; without it nothing is reserved and nobody is evicted.'

/** The field `kubelet` of pools and groups. */
export const kubeletConfigSchema = section({
  kubeReserved: amounts().optional().describe('Kept for the kubelet and the container runtime.'),
  systemReserved: amounts().optional().describe('Kept for the system.'),
  enforceNodeAllocatable: list(z.enum(['none', 'pods', 'system-reserved', 'kube-reserved']))
    .default(['pods'])
    .describe('With `pods`, all pods together may use no more memory than the reservations leave.'),
  evictionHard: bySignal()
    .default(DEFAULT_EVICTION_HARD)
    .describe('Thresholds by signal, such as `memory.available: 500Mi`; the defaults are those of upstream.'),
  evictionSoft: bySignal().default({}).describe('Thresholds that must be met for a time.'),
  evictionSoftGracePeriod: bySignal().default({}).describe('How long, by signal.'),
  evictionMinimumReclaim: bySignal().default({}).describe('What must become free at least, by signal.'),
  evictionPressureTransitionPeriod: durationOr(PRESSURE_TRANSITION_PERIOD).describe(
    'How long a condition stays after it was last seen.',
  ),
  evictionMaxPodGracePeriod: integer(0, 1e9)
    .default(0)
    .describe('Seconds that a pod evicted by a soft threshold gets at most.'),
  shutdownGracePeriod: duration().optional().describe('Time for all pods when the node shuts down.'),
  shutdownGracePeriodCriticalPods: duration()
    .optional()
    .describe('The part of it that is kept for critical pods.'),
  shutdownGracePeriodByPodPriority: list(
    section({
      priority: z.int().describe('Pods from this priority up to the next one.'),
      shutdownGracePeriodSeconds: integer(0, 1e9).describe('Get so many seconds.'),
    }),
  )
    .optional()
    .describe('In place of the two above.'),
  maxParallelImagePulls: integer(1, 1000)
    .optional()
    .describe('Images a node pulls at a time; as said for all kubelets unless given.'),
  imagePullBytesPerSecond: amount().optional().describe('What a node downloads; as for all unless given.'),
  imageGCHighThresholdPercent: integer(1, 100)
    .default(IMAGE_GC_HIGH_PERCENT)
    .describe('With a fuller disk images that nobody uses are removed,'),
  imageGCLowThresholdPercent: integer(0, 99)
    .default(IMAGE_GC_LOW_PERCENT)
    .describe('until it is no fuller than this.'),
  imageMinimumGCAge: durationOr(IMAGE_MINIMUM_GC_AGE).describe('No image is removed so soon after its use.'),
  imageFilesystem: z
    .enum(['shared', 'dedicated'])
    .default('shared')
    .describe("Whether containers write to the node's filesystem or to one of their own."),
  singleProcessOOMKill: z
    .boolean()
    .default(false)
    .describe('Without memory the kernel kills one process, not all of its container.'),
  maxPID: integer(1, 2 ** 31)
    .optional()
    .describe('Most processes of the machine; 32,768 unless given.'),
  inodes: integer(0, 1e12).default(0).describe('Inodes of the filesystem; 0: not counted.'),
  systemMemory: growth()
    .optional()
    .describe('Memory that is used beside pods, such as `800Mi` or `1Gi..3Gi/1h`.'),
}).check(({ value, issues }) => {
  const fault = kubeletFault(kubeletAnnotationsOf(value))
  if (fault !== undefined) addFaults({ issues }, value, [{ path: [], message: fault }])
  const { shutdownGracePeriod: all = 0, shutdownGracePeriodCriticalPods: critical = 0 } = value
  if (critical <= all) return
  const message = 'is longer than shutdownGracePeriod'
  addFaults({ issues }, value, [{ path: ['shutdownGracePeriodCriticalPods'], message }])
})

/** The field `staticPods` of pools and groups. */
export const staticPodsSchema = list(
  section({
    name: objectName().describe('The mirror pods are called `<name>-<node>`.'),
    namespace: namespace().default('kube-system').describe('Namespace of the mirror pods.'),
    template: z.record(z.string(), z.unknown()).describe('A Kubernetes pod template: `metadata` and `spec`.'),
  }),
)
  .default([])
  .describe('Pods that every node runs by itself, whatever the API server says.')

export type KubeletSection = z.output<typeof kubeletConfigSchema>

/** The annotations of nodes that say the same. */
export function kubeletAnnotationsOf(config: KubeletSection): Readonly<Record<string, string>> {
  const seconds = (time: SimTime | undefined): string | undefined =>
    time === undefined ? undefined : `${time / SECOND}s`
  const number = (given: number | undefined): string | undefined => given?.toString()
  const byPriority = config.shutdownGracePeriodByPodPriority?.map(
    ({ priority, shutdownGracePeriodSeconds }) => `${priority}=${shutdownGracePeriodSeconds}`,
  )
  const flags: { readonly [Flag in keyof Required<KubeletFlags>]: string | undefined } = {
    'kube-reserved': pairs(written(config.kubeReserved), '='),
    'system-reserved': pairs(written(config.systemReserved), '='),
    'enforce-node-allocatable': config.enforceNodeAllocatable.join(','),
    'eviction-hard': pairs(config.evictionHard, '<'),
    'eviction-soft': pairs(config.evictionSoft, '<'),
    'eviction-soft-grace-period': pairs(config.evictionSoftGracePeriod, '='),
    'eviction-minimum-reclaim': pairs(config.evictionMinimumReclaim, '='),
    'eviction-pressure-transition-period': seconds(config.evictionPressureTransitionPeriod),
    'eviction-max-pod-grace-period': number(config.evictionMaxPodGracePeriod),
    'shutdown-grace-period': seconds(config.shutdownGracePeriod),
    'shutdown-grace-period-critical-pods': seconds(config.shutdownGracePeriodCriticalPods),
    'shutdown-grace-period-by-pod-priority': byPriority?.join(','),
    'max-parallel-image-pulls': number(config.maxParallelImagePulls),
    'image-pull-bytes-per-second': number(config.imagePullBytesPerSecond),
    'image-filesystem': config.imageFilesystem,
    'image-gc-high-threshold': number(config.imageGCHighThresholdPercent),
    'image-gc-low-threshold': number(config.imageGCLowThresholdPercent),
    'minimum-image-ttl-duration': seconds(config.imageMinimumGCAge),
    'single-process-oom-kill': String(config.singleProcessOOMKill),
    'max-pid': number(config.maxPID),
    inodes: number(config.inodes),
    'system-memory-usage': config.systemMemory,
  }
  const given = Object.entries(flags).filter(([, text]) => text !== undefined && text !== '')
  return kubeletAnnotations(Object.fromEntries(given))
}

/** Amounts of the model as quantities: cpu is in thousandths. */
function written(given: Readonly<Record<string, number>> = {}): Record<string, string> {
  const entries = Object.entries(given)
  return Object.fromEntries(entries.map(([name, many]) => [name, name === 'cpu' ? `${many}m` : String(many)]))
}

function pairs(given: Readonly<Record<string, string>>, separator: string): string {
  return Object.entries(given)
    .map(([name, text]) => name + separator + text)
    .join(',')
}
