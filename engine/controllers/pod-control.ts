/**
 * Creates and deletes pods for an owner, each by a request of its own through the controller's client, in batches that
 * double while all goes well. When the last request has been answered the reconciler's `resume` goes on.
 *
 * Upstream: pkg/controller/controller_utils.go RealPodControl, pkg/controller/replicaset/replica_set.go
 * slowStartBatch (1.36).
 * Simplified: an owner that has been removed meanwhile gets no more pods (upstream creates them for the garbage
 * collector to remove).
 */
import type { ApiClient } from '../apiserver/api-client.js'
import type { ApiServer } from '../apiserver/api-server.js'
import { type EventWriter, subjectOf } from '../apiserver/event-recorder.js'
import { NAME_ATTEMPTS } from '../apiserver/generated-names.js'
import { PodDraft } from '../apiserver/pod-draft.js'
import { type Created, isRefused, Result } from '../apiserver/result.js'
import type { EventHandler, EventKind, Kernel } from '../kernel/kernel.js'
import { NEVER, type SimTime } from '../kernel/time.js'
import { POD_CREATION_ANSWER_DELAY, SLOW_START_INITIAL_BATCH } from '../model/defaults.js'
import { mergeLabelKeys } from '../model/label-keys.js'
import type { PodTemplateSpec } from '../model/workloads.js'
import {
  type LabelSetId,
  NONE,
  type NodeId,
  type ObjectId,
  type PodId,
  type TemplateId,
} from '../state/ids.js'
import { refusalText } from './refusal-text.js'

/** Says what the pods of a batch are made of. */
export interface PodSource {
  /** Fills in pod number `index`. The owner is set; a name left empty is generated. */
  fill(draft: PodDraft, index: number): void
  /** The answer to the request for pod number `index`. */
  answered?(index: number, created: Created<PodId>): void
}

/** How the events about pods read; undefined: no event. */
export interface PodEventTexts {
  created(pod: string): string
  creationFailed(pod: string, result: Result, said: string): string | undefined
  deleted(pod: string): string
  deletionFailed(pod: string, result: Result): string | undefined
}

export const POD_EVENT_TEXTS: PodEventTexts = {
  created: pod => `Created pod: ${pod}`,
  // In a namespace that is going every creation fails.
  creationFailed: (_, result, said) =>
    result === Result.NamespaceTerminating ? undefined : `Error creating: ${said}`,
  deleted: pod => `Deleted pod: ${pod}`,
  deletionFailed: (_, result) =>
    result === Result.NotFound ? undefined : 'Error deleting: the server refused the request',
}

/** What is not the same for all controllers. */
export interface BatchOptions {
  /** Creations in batches of 1, 2, 4 and so on, each when the one before succeeded; otherwise all at once. */
  readonly slowStart?: boolean
  readonly texts?: PodEventTexts
}

export interface BatchOutcome {
  /** Requests wanted; slow start leaves the rest out after a failure. */
  readonly wanted: number
  readonly accepted: number
  /** Requests refused. */
  readonly refused: number
  /** The first refusal, and what the API server said to it. */
  readonly result: Result
  readonly message: string
}

interface Batch {
  owner: ObjectId
  ownerUid: number
  texts: PodEventTexts
  /** Creations only. */
  source: PodSource | undefined
  /** Deletions and releases only. */
  pods: readonly PodId[]
  uids: readonly number[]
  /** Set: this finalizer is taken from the pods, instead of deleting them. */
  finalizer: string
  wanted: number
  /** Requests sent so far, and how many of them have been answered. */
  sent: number
  answered: number
  /** Size of the batch under way. */
  size: number
  accepted: number
  refused: number
  result: Result
  message: string
}

interface InternedTemplate {
  readonly template: TemplateId
  readonly labels: LabelSetId
  readonly priority: number
}

export interface PodControlParts {
  readonly kernel: Kernel
  readonly api: ApiServer
  readonly client: ApiClient
  readonly events: EventWriter
  on(name: string, handler: EventHandler): EventKind
  /** When what the reconciliation under way has asked for so far will have been answered. */
  answeredAt(): SimTime
  /** Called when the requests of a key have all been answered. */
  finished(key: number, outcome: BatchOutcome): void
}

const NO_FINALIZERS: readonly string[] = []

export class PodControl {
  readonly #parts: PodControlParts
  readonly #create: EventKind
  readonly #batchAnswered: EventKind
  readonly #admit: EventKind
  readonly #delete: EventKind
  readonly #release: EventKind
  readonly #batches = new Map<number, Batch>()
  readonly #templates = new WeakMap<object, InternedTemplate>()
  readonly #draft = new PodDraft()

  constructor(parts: PodControlParts) {
    this.#parts = parts
    this.#create = parts.on('create-pod', (key, index) => this.#arrived(key, index))
    this.#admit = parts.on('admit-pod', (key, index) => this.#created(key, index))
    this.#batchAnswered = parts.on('pods-created', key => this.#goOn(key))
    this.#delete = parts.on('delete-pod', (key, index) => this.#deleted(key, index))
    this.#release = parts.on('release-pod', (key, index) => this.#released(key, index))
  }

  /** Asks for `count` pods. */
  create(key: number, owner: ObjectId, count: number, source: PodSource, options: BatchOptions = {}): void {
    const { slowStart = true, texts = POD_EVENT_TEXTS } = options
    const batch = this.#begin(key, owner, count, texts)
    batch.source = source
    const size = slowStart ? Math.min(SLOW_START_INITIAL_BATCH, count) : count
    this.#send(key, batch, size, this.#parts.answeredAt())
  }

  /** Deletes the pods, all at once as far as the client lets them through. */
  delete(key: number, owner: ObjectId, pods: readonly PodId[], texts = POD_EVENT_TEXTS): void {
    const { uid } = this.#parts.api.state.pods
    const batch = this.#begin(key, owner, pods.length, texts)
    batch.pods = pods
    batch.uids = pods.map(pod => uid[pod])
    this.#send(key, batch, pods.length, this.#parts.answeredAt())
  }

  /** Takes a finalizer from the pods, all at once as far as the client lets them through. */
  release(key: number, owner: ObjectId, pods: readonly PodId[], finalizer: string): void {
    const { uid } = this.#parts.api.state.pods
    const batch = this.#begin(key, owner, pods.length)
    batch.pods = pods
    batch.uids = pods.map(pod => uid[pod])
    batch.finalizer = finalizer
    this.#send(key, batch, pods.length, this.#parts.answeredAt())
  }

  /** What a pod takes from its owner's template; interned once per template object. */
  fillFromTemplate(draft: PodDraft, template: PodTemplateSpec): void {
    const { template: id, labels } = this.#interned(template)
    draft.template = id
    draft.labels = labels
    const { nodeName } = template.spec
    if (nodeName === undefined) return
    draft.node = this.#parts.api.state.nodes.find(nodeName) ?? (NONE as NodeId)
  }

  #interned(template: PodTemplateSpec): InternedTemplate {
    const known = this.#templates.get(template)
    if (known !== undefined) return known
    const { state } = this.#parts.api
    const { nodeName: _, ...spec } = template.spec
    const { labels, annotations } = template.metadata
    const interned = {
      template: state.templateId({ spec: mergeLabelKeys(spec, labels), annotations }),
      labels: state.labelsId(labels),
      priority: spec.priority ?? 0,
    }
    this.#templates.set(template, interned)
    return interned
  }

  #begin(key: number, owner: ObjectId, wanted: number, texts = POD_EVENT_TEXTS): Batch {
    const batch: Batch = {
      owner,
      ownerUid: this.#parts.api.state.objects.get(owner).meta.uid,
      texts,
      source: undefined,
      pods: [],
      uids: [],
      finalizer: '',
      wanted,
      sent: 0,
      answered: 0,
      size: 0,
      accepted: 0,
      refused: 0,
      result: Result.Ok,
      message: '',
    }
    this.#batches.set(key, batch)
    return batch
  }

  #send(key: number, batch: Batch, size: number, from: SimTime): void {
    const { client } = this.#parts
    const others = batch.finalizer === '' ? this.#delete : this.#release
    const kind = batch.source === undefined ? others : this.#create
    batch.size = size
    for (let i = 0; i < size; i++) client.send(from, kind, key, batch.sent++)
  }

  /** The request has reached the server, where it may have to wait for its turn. */
  #arrived(key: number, index: number): void {
    const { api, kernel } = this.#parts
    const { owner } = this.#batches.get(key) as Batch
    const { objects } = api.state
    const namespace = objects.exists(owner) ? objects.get(owner).meta.namespace : ''
    const turn = api.pods.admission?.podTurn(namespace, kernel.now) ?? kernel.now
    if (turn > kernel.now) kernel.schedule(turn, this.#admit, key, index)
    else this.#created(key, index)
  }

  #created(key: number, index: number): void {
    const batch = this.#batches.get(key) as Batch
    const { owner, source } = batch
    const created = this.#submit(batch, index)
    source?.answered?.(index, created)
    const { api } = this.#parts
    if (!isRefused(created)) {
      const name = api.state.pods.name[created] as string
      this.#event(owner, 'Normal', 'SuccessfulCreate', batch.texts.created(name))
    } else if (api.state.objects.exists(owner)) {
      const { name } = this.#draft
      const said = refusalText(created, name, api.pods.refusal)
      const text = batch.texts.creationFailed(name, created, said)
      if (text !== undefined) this.#event(owner, 'Warning', 'FailedCreate', text)
    }
    // In a namespace that is going every creation fails: neither an error nor worth trying again.
    const isFailure = isRefused(created) && created !== Result.NamespaceTerminating
    this.#answer(key, batch, isFailure ? created : Result.Ok)
  }

  #submit(batch: Batch, index: number): Created<PodId> {
    const { api } = this.#parts
    const { owner, ownerUid } = batch
    const { objects, templates } = api.state
    if (!objects.exists(owner) || objects.get(owner).meta.uid !== ownerUid) return Result.NotFound
    const draft = this.#draft
    resetDraft(draft)
    draft.namespace = api.state.namespaceId(objects.get(owner).meta.namespace)
    draft.owner = owner
    batch.source?.fill(draft, index)
    const priority = templates.get(draft.template).spec.priority ?? 0
    api.pods.refusal = ''
    if (draft.name !== '') return api.pods.create(draft, priority)
    for (let attempt = 1; ; attempt++) {
      draft.name = api.names.podOf(owner, draft.ordinal)
      const created = api.pods.create(draft, priority)
      if (created !== Result.AlreadyExists || attempt === NAME_ATTEMPTS) return created
    }
  }

  #deleted(key: number, index: number): void {
    const batch = this.#batches.get(key) as Batch
    const { api } = this.#parts
    const pod = batch.pods[index]
    const { owner, texts } = batch
    const name = api.state.pods.name[pod] as string
    const result = api.pods.delete(pod, batch.uids[index])
    const failure = result === Result.Ok ? undefined : texts.deletionFailed(name, result)
    if (result === Result.Ok) this.#event(owner, 'Normal', 'SuccessfulDelete', texts.deleted(name))
    else if (failure !== undefined) this.#event(owner, 'Warning', 'FailedDelete', failure)
    // A pod already gone is no failure to anybody.
    this.#answer(key, batch, result === Result.NotFound ? Result.Ok : result)
  }

  #released(key: number, index: number): void {
    const batch = this.#batches.get(key) as Batch
    const { api } = this.#parts
    const pod = batch.pods[index]
    const isThere = api.state.pods.exists(pod) && api.state.pods.uid[pod] === batch.uids[index]
    if (isThere) {
      const finalizers = api.pods.finalizers(pod)
      const left = finalizers.filter(name => name !== batch.finalizer)
      if (left.length < finalizers.length) api.pods.patchFinalizers(pod, left)
    }
    this.#answer(key, batch, Result.Ok)
  }

  #event(owner: ObjectId, type: 'Normal' | 'Warning', reason: string, message: string): void {
    const { api, events } = this.#parts
    // An owner that went while its requests were under way has nobody left to read its events.
    if (!api.state.objects.exists(owner)) return
    events.record(subjectOf(api.state.objects.get(owner)), type, reason, message)
  }

  #answer(key: number, batch: Batch, result: Result): void {
    batch.answered++
    if (result === Result.Ok) {
      batch.accepted++
    } else {
      batch.refused++
      if (batch.refused === 1) {
        batch.result = result
        batch.message = refusalText(result, this.#draft.name, this.#parts.api.pods.refusal)
      }
    }
    if (batch.answered < batch.sent) return
    const { kernel, client } = this.#parts
    const isAnsweredAtOnce = batch.source === undefined || batch.refused > 0 || client.latency === 0
    if (isAnsweredAtOnce) this.#goOn(key)
    else kernel.schedule(kernel.now + POD_CREATION_ANSWER_DELAY, this.#batchAnswered, key)
  }

  /** Sends the next batch, or says that all is done. */
  #goOn(key: number): void {
    const batch = this.#batches.get(key) as Batch
    const left = batch.wanted - batch.sent
    if (left > 0 && batch.refused === 0) {
      this.#send(key, batch, Math.min(2 * batch.size, left), this.#parts.kernel.now)
      return
    }
    this.#batches.delete(key)
    this.#parts.finished(key, batch)
  }
}

function resetDraft(draft: PodDraft): void {
  draft.name = ''
  draft.ordinal = NONE
  draft.runFor = NEVER
  draft.finalizers = NO_FINALIZERS
  draft.indexFailures = 0
  draft.indexIgnoredFailures = 0
  draft.node = NONE as NodeId
}
