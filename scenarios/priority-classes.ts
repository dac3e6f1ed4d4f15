import {
  admitPriority,
  didYouMean,
  type Manifest,
  type PodSpec,
  type PriorityClass,
  SYSTEM_PRIORITY_CLASSES,
} from '../engine/index.js'

/** What admission finds wrong with a pod, and the field to blame. */
export interface PriorityFault {
  readonly field: 'priority' | 'priorityClassName' | 'preemptionPolicy'
  readonly message: string
}

/** The priority classes of a scenario; they count whenever they are created, so their order does not matter. */
export class PriorityClasses {
  readonly #classes: PriorityClass[] = []

  add(manifest: Manifest): void {
    const { value, globalDefault, preemptionPolicy } = manifest as Manifest & Omit<PriorityClass, 'name'>
    this.#classes.push({
      name: manifest.metadata.name,
      value,
      ...(globalDefault === undefined ? {} : { globalDefault }),
      ...(preemptionPolicy === undefined ? {} : { preemptionPolicy }),
    })
  }

  /** The spec with priority and preemption policy filled in, or why the API server would refuse the pod. */
  admit(spec: PodSpec): { readonly spec: PodSpec } | PriorityFault {
    const admitted = admitPriority(spec, this.#classes)
    if ('error' in admitted) return this.#fault(spec, admitted.error)
    const { priorityClassName, ...rest } = admitted
    return { spec: { ...spec, ...rest, ...(priorityClassName === '' ? {} : { priorityClassName }) } }
  }

  #fault({ priorityClassName = '' }: PodSpec, error: string): PriorityFault {
    if (error.includes('integer value of priority')) return { field: 'priority', message: error }
    if (error.includes('PreemptionPolicy')) return { field: 'preemptionPolicy', message: error }
    const names = [...this.#classes, ...SYSTEM_PRIORITY_CLASSES].map(({ name }) => name)
    const meant = didYouMean(priorityClassName, names)
    const hint = meant === undefined ? '' : `; did you mean "${meant}"?`
    return { field: 'priorityClassName', message: `there is no PriorityClass "${priorityClassName}"${hint}` }
  }
}
