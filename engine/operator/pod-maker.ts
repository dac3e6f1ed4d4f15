import type { ApiServer } from '../apiserver/api-server.js'
import { PodDraft } from '../apiserver/pod-draft.js'
import { isRefused } from '../apiserver/result.js'
import type { SimTime } from '../kernel/time.js'
import type { SimulationModel } from '../model/simulation-model.js'
import { type LabelSetId, NONE, type PodId, type TemplateId } from '../state/ids.js'

/**
 * Creates bare pods of the model's templates, as `kubectl create` does.
 * Upstream: staging/src/k8s.io/kubectl/pkg/cmd/create/create.go (1.36).
 * Simplified: a refused creation is counted, not retried.
 */
export class PodMaker {
  readonly #api: ApiServer
  readonly #model: SimulationModel
  readonly #templates: readonly TemplateId[]
  readonly #labels: readonly LabelSetId[]
  readonly #draft = new PodDraft()

  constructor(api: ApiServer, model: SimulationModel) {
    this.#api = api
    this.#model = model
    this.#templates = model.podTemplates.map(({ template }) => api.state.templateId(template))
    this.#labels = model.podTemplates.map(({ labels }) => api.state.labelsId(labels))
  }

  create(namespace: string, name: string, template: number, runFor: SimTime): PodId | typeof NONE {
    const draft = this.#draft
    draft.namespace = this.#api.state.namespaceId(namespace)
    draft.name = name
    draft.template = this.#templates[template]
    draft.labels = this.#labels[template]
    draft.runFor = runFor
    const priority = this.#model.podTemplates[template].template.spec.priority ?? 0
    const created = this.#api.pods.create(draft, priority)
    return isRefused(created) ? NONE : created
  }
}
