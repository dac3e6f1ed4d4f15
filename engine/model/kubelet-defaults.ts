import { MINUTE, type SimTime } from '../kernel/time.js'

/**
 * Hard eviction thresholds of a kubelet that names none: DefaultEvictionHard of pkg/kubelet/apis/config/v1beta1/
 * defaults_linux.go (1.36).
 */
export const DEFAULT_EVICTION_HARD: Readonly<Record<string, string>> = {
  'memory.available': '100Mi',
  'nodefs.available': '10%',
  'nodefs.inodesFree': '5%',
  'imagefs.available': '15%',
  'imagefs.inodesFree': '5%',
}

/** KubeletConfiguration evictionPressureTransitionPeriod. */
export const PRESSURE_TRANSITION_PERIOD: SimTime = 5 * MINUTE

/** Processes of a machine: what the kernel allows, pid_max of a machine of up to 32 cores. */
export const DEFAULT_MAX_PID = 32_768

/** KubeletConfiguration imageGCHighThresholdPercent, imageGCLowThresholdPercent, imageMinimumGCAge. */
export const IMAGE_GC_HIGH_PERCENT = 85
export const IMAGE_GC_LOW_PERCENT = 80
export const IMAGE_MINIMUM_GC_AGE: SimTime = 2 * MINUTE
