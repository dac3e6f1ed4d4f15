/**
 * Admission: what the API server fills into new objects and why it refuses some, plugin by plugin in upstream's order:
 * NamespaceLifecycle, then the changes of LimitRanger, Priority, DefaultTolerationSeconds, DefaultStorageClass and
 * StorageObjectInUseProtection, then webhooks, then the checks of LimitRanger and ResourceQuota. Pods of one template
 * are admitted once as long as no limit range and no priority class changes, unless a webhook changes them.
 *
 * Upstream: pkg/kubeapiserver/options/plugins.go AllOrderedPlugins and plugin/pkg/admission (1.36).
 * Simplified: a priority that stands in a spec has been admitted by whoever read the scenario; plugins about security
 * are left out.
 */
import type { SimTime } from '../../kernel/time.js'
import { withDefaultTolerations } from '../../model/default-tolerations.js'
import { QUOTA_ADMISSION_DELAY } from '../../model/defaults.js'
import { resourceOf } from '../../model/kinds.js'
import { defaultPodFields } from '../../model/pod-defaults.js'
import type { PersistentVolumeClaimSpec, PodSpec } from '../../model/pod-spec.js'
import type { PodTemplate } from '../../model/pod-template.js'
import { admitPriority, type PriorityClass } from '../../model/priority.js'
import type { ResourceList } from '../../model/resource-list.js'
import type { VerticalPodAutoscalerSpec } from '../../model/vertical-pod-autoscaler.js'
import { verticalPodAutoscalerErrors } from '../../model/vertical-pod-autoscaler-validation.js'
import type { ClusterState } from '../../state/cluster-state.js'
import type { NamespaceId, ObjectId, TemplateId } from '../../state/ids.js'
import type { StoredObject } from '../../state/objects.js'
import type { ApiServer } from '../api-server.js'
import type { ObjectAdmission, ObjectDraft, ObjectRegistry } from '../object-registry.js'
import type { PodDraft } from '../pod-draft.js'
import { type Refusal, Result } from '../result.js'
import type { AdmittedPod, PodAdmission } from './admitted-pod.js'
import { defaultStorageClass } from './default-storage-class.js'
import {
  claimViolations,
  defaultLimitRange,
  type LimitRangeSpec,
  podViolations,
  violationText,
  withLimitDefaults,
} from './limit-range.js'
import type { PodWebhook } from './pod-webhook.js'
import { byName, chargeQuotas, type QuotaSubject } from './quota-admission.js'
import { claimUsage, objectUsage, podUsage, type ServiceLike, serviceUsage } from './quota-usage.js'
import { withProtection } from './storage-protection.js'

/** A template as its pods are stored, or why they are refused. */
interface AdmittedTemplate extends AdmittedPod {
  readonly spec: PodSpec
  readonly refusal: string
  /** Whether it got all its defaults, and at worst breaks a limit. */
  readonly isFilled: boolean
  usage: ResourceList | undefined
}

const NO_IDS: readonly ObjectId[] = []
const NO_RANGES: readonly LimitRangeSpec[] = []

class Admission implements ObjectAdmission, PodAdmission {
  readonly #state: ClusterState
  readonly #objects: ObjectRegistry
  readonly #webhooks: readonly PodWebhook[]
  /** Namespaces that are being deleted. */
  readonly #terminating = new Set<string>()
  /** Namespaces that were there and have gone. */
  readonly #gone = new Set<string>()
  /** Quotas by namespace, in order of their names. */
  readonly #quotas = new Map<string, ObjectId[]>()
  /** Until when quotas are busy with pods, by namespace. */
  readonly #busyUntil = new Map<string, SimTime>()
  readonly #ranges = new Map<string, readonly LimitRangeSpec[]>()
  #classes: readonly PriorityClass[] | undefined
  /** Admitted templates where no limit range is, and by namespace where one is. */
  #plain = new Map<TemplateId, AdmittedTemplate>()
  readonly #ranged = new Map<NamespaceId, Map<TemplateId, AdmittedTemplate>>()

  constructor(state: ClusterState, objects: ObjectRegistry, webhooks: readonly PodWebhook[]) {
    this.#state = state
    this.#objects = objects
    this.#webhooks = webhooks
  }

  objectChanged({ id, kind, meta }: StoredObject): void {
    const exists = this.#state.objects.exists(id)
    if (kind === 'Namespace') {
      this.#terminating.delete(meta.name)
      this.#gone.delete(meta.name)
      if (!exists) this.#gone.add(meta.name)
      else if (this.#isLeaving(meta.name)) this.#terminating.add(meta.name)
    } else if (kind === 'ResourceQuota') {
      const others = (this.#quotas.get(meta.namespace) ?? []).filter(quota => quota !== id)
      const quotas = exists ? [...others, id].sort(byName(this.#state)) : others
      if (quotas.length > 0) this.#quotas.set(meta.namespace, quotas)
      else this.#quotas.delete(meta.namespace)
    } else if (kind === 'LimitRange') {
      this.#readRanges(meta.namespace)
    } else if (kind === 'PriorityClass') {
      this.#classes = undefined
      this.#plain = new Map()
      this.#ranged.clear()
    }
  }

  admitPod(draft: PodDraft): AdmittedPod | Refusal {
    const namespace = this.#state.namespaces.get(draft.namespace)
    const closed = this.#closed('Pod', draft.name, namespace)
    if (closed !== undefined) return closed
    const admitted = this.#admittedTemplate(draft, namespace)
    if (admitted.refusal !== '') return forbidden('Pod', draft.name, admitted.refusal)
    const quotas = this.#quotas.get(namespace)
    if (quotas === undefined) return admitted
    admitted.usage ??= podUsage(admitted.spec, true)
    const subject = { kind: 'Pod', spec: admitted.spec, usage: admitted.usage }
    return this.#charge(quotas, subject, draft.name) ?? admitted
  }

  /** Pods under quotas of one namespace are let in one after another, each when the use has been written. */
  podTurn(namespace: string, now: SimTime): SimTime {
    if (this.#quotas.size === 0 || !this.#quotas.has(namespace)) return now
    const turn = Math.max(now, this.#busyUntil.get(namespace) ?? 0) + QUOTA_ADMISSION_DELAY
    this.#busyUntil.set(namespace, turn)
    return turn
  }

  admitObject(written: ObjectDraft): ObjectDraft | Refusal {
    const draft = withProtection(written)
    const { kind, name, namespace } = draft
    if (namespace === '') return draft
    const closed = this.#closed(kind, name, namespace)
    if (closed !== undefined) return closed
    const fault = faultIn(draft)
    if (fault !== undefined) return fault
    const admitted = kind === 'PersistentVolumeClaim' ? this.#admitClaim(draft) : draft
    if ('result' in admitted) return admitted
    const quotas = this.#quotas.get(namespace) ?? NO_IDS
    if (quotas.length === 0) return admitted
    return this.#charge(quotas, { kind, spec: admitted.spec, usage: usageOf(admitted) }, name) ?? admitted
  }

  /** NamespaceLifecycle: nothing new in a namespace that is going or gone. */
  #closed(kind: string, name: string, namespace: string): Refusal | undefined {
    if (this.#terminating.size > 0 && this.#terminating.has(namespace)) {
      const why = `unable to create new content in namespace ${namespace} because it is being terminated`
      return { ...forbidden(kind, name, why), result: Result.NamespaceTerminating }
    }
    if (this.#gone.size > 0 && this.#gone.has(namespace)) {
      return { result: Result.NotFound, message: `namespaces "${namespace}" not found` }
    }
    return undefined
  }

  #isLeaving(namespace: string): boolean {
    const id = this.#state.objects.find('Namespace', '', namespace)
    return id !== undefined && this.#state.objects.isTerminating(id)
  }

  #admittedTemplate(draft: PodDraft, name: string): AdmittedTemplate {
    const { template, namespace } = draft
    const ranges = this.#ranges.get(name)
    const cache = ranges === undefined ? this.#plain : this.#cacheOf(namespace)
    let admitted = cache.get(template)
    if (admitted === undefined) {
      admitted = this.#admitTemplate(template, ranges ?? NO_RANGES)
      cache.set(template, admitted)
    }
    if (this.#webhooks.length === 0 || !admitted.isFilled) return admitted
    return this.#mutated(draft, admitted, ranges ?? NO_RANGES)
  }

  #mutated(draft: PodDraft, admitted: AdmittedTemplate, ranges: readonly LimitRangeSpec[]): AdmittedTemplate {
    const filled = this.#state.templates.get(admitted.template)
    let mutated = filled
    for (const webhook of this.#webhooks) mutated = webhook.mutate(draft, mutated) ?? mutated
    return mutated === filled ? admitted : this.#checked(mutated, ranges)
  }

  #cacheOf(namespace: NamespaceId): Map<TemplateId, AdmittedTemplate> {
    let cache = this.#ranged.get(namespace)
    if (cache === undefined) {
      cache = new Map()
      this.#ranged.set(namespace, cache)
    }
    return cache
  }

  #admitTemplate(id: TemplateId, ranges: readonly LimitRangeSpec[]): AdmittedTemplate {
    const { spec: written, annotations } = this.#state.templates.get(id)
    let filled: PodTemplate = { spec: defaultPodFields(written), annotations }
    for (const range of ranges) filled = withLimitDefaults(filled.spec, filled.annotations, range)
    const prioritized = this.#withPriority(filled.spec)
    if ('error' in prioritized) return this.#admitted(filled, prioritized.error, false)
    const tolerations = prioritized.tolerations ?? []
    const tolerating = withDefaultTolerations(tolerations)
    const spec = tolerating === tolerations ? prioritized : { ...prioritized, tolerations: tolerating }
    return this.#checked({ ...filled, spec }, ranges)
  }

  #checked(template: PodTemplate, ranges: readonly LimitRangeSpec[]): AdmittedTemplate {
    const violations = ranges
      .map(range => podViolations(template.spec, range))
      .find(found => found.length > 0)
    return this.#admitted(template, violations === undefined ? '' : violationText(violations), true)
  }

  #admitted(template: PodTemplate, refusal: string, isFilled: boolean): AdmittedTemplate {
    const { spec } = template
    const { priority = 0 } = spec
    return { template: this.#state.templateId(template), priority, spec, refusal, isFilled, usage: undefined }
  }

  #withPriority(spec: PodSpec): PodSpec | { readonly error: string } {
    if (spec.priority !== undefined) return spec
    const admitted = admitPriority(spec, this.#priorityClasses())
    if ('error' in admitted) return admitted
    const { priority, priorityClassName, preemptionPolicy } = admitted
    // Zero from no class is what every pod has that says nothing.
    if (priorityClassName === '' && priority === 0) return spec
    return {
      ...spec,
      priority,
      ...(priorityClassName === '' ? {} : { priorityClassName }),
      ...(preemptionPolicy === undefined ? {} : { preemptionPolicy }),
    }
  }

  #priorityClasses(): readonly PriorityClass[] {
    const { objects } = this.#state
    this.#classes ??= [...objects.ofKind('PriorityClass')].map(id => {
      const { meta, spec } = objects.get<Omit<PriorityClass, 'name'>>(id)
      return { ...spec, name: meta.name }
    })
    return this.#classes
  }

  #readRanges(namespace: string): void {
    const { objects } = this.#state
    const found = [...objects.ofKind('LimitRange')]
      .filter(id => objects.get(id).meta.namespace === namespace)
      .sort(byName(this.#state))
      .map(id => defaultLimitRange(objects.get<LimitRangeSpec>(id).spec))
    if (found.length > 0) this.#ranges.set(namespace, found)
    else this.#ranges.delete(namespace)
    this.#ranged.delete(this.#state.namespaceId(namespace))
  }

  #admitClaim(draft: ObjectDraft): ObjectDraft | Refusal {
    const written = draft.spec as PersistentVolumeClaimSpec
    const className = defaultStorageClass(this.#state, written, draft.annotations ?? {})
    const spec = className === undefined ? written : { ...written, storageClassName: className }
    for (const range of this.#ranges.get(draft.namespace) ?? NO_RANGES) {
      const violations = claimViolations(spec.resources?.requests, range)
      if (violations.length > 0) return forbidden(draft.kind, draft.name, violationText(violations))
    }
    return spec === written ? draft : { ...draft, spec }
  }

  /** Writes down what the quotas have used with the object, or says why one of them refuses it. */
  #charge(quotas: readonly ObjectId[], subject: QuotaSubject, name: string): Refusal | undefined {
    const charges = chargeQuotas(this.#state, quotas, subject)
    if ('refusal' in charges) return forbidden(subject.kind, name, charges.refusal)
    for (const [id, status] of charges) this.#objects.updateStatus(id, status)
    return undefined
  }
}

/** From now on the server admits what it stores; a bare one stores whatever it is given. */
export function enableAdmission({ state, objects, pods }: ApiServer): void {
  const admission = new Admission(state, objects, pods.webhooks)
  objects.admission = admission
  pods.admission = admission
}

/** What the webhook of the Vertical Pod Autoscaler refuses. */
function faultIn({ kind, name, spec }: ObjectDraft): Refusal | undefined {
  if (kind !== 'VerticalPodAutoscaler') return undefined
  const errors = verticalPodAutoscalerErrors(spec as VerticalPodAutoscalerSpec)
  return errors.length === 0 ? undefined : forbidden(kind, name, errors.join(', '))
}

function usageOf({ kind, spec, annotations }: ObjectDraft): ResourceList {
  if (kind === 'PersistentVolumeClaim') {
    return claimUsage({ spec: spec as PersistentVolumeClaimSpec, annotations: annotations ?? {} })
  }
  return kind === 'Service' ? serviceUsage(spec as ServiceLike) : objectUsage(resourceOf(kind))
}

function forbidden(kind: string, name: string, why: string): Refusal {
  return { result: Result.Forbidden, message: `${resourceOf(kind)} "${name}" is forbidden: ${why}` }
}
