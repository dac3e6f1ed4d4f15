/**
 * A group of pods and how it is scheduled: `basic`, or `gang` with the number of pods that must have a place before any
 * of them gets it. Upstream: staging/src/k8s.io/api/scheduling/v1alpha2/types.go (1.36).
 */
export interface PodGroupSpec {
  readonly podGroupTemplateRef?: { readonly workload?: { readonly workloadName?: string } }
  readonly schedulingPolicy?: {
    readonly basic?: object
    readonly gang?: { readonly minCount: number }
  }
}
