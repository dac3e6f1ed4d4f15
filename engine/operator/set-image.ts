import { patchObject } from '../apiserver/patch-object.js'
import { Result } from '../apiserver/result.js'
import type { ObjectName } from '../model/operations.js'
import type { Container, Labels, PodSpec } from '../model/pod-spec.js'
import { NONE } from '../state/ids.js'
import { defineOperation, type OperatorContext } from './operation.js'

/**
 * Changes the images of containers in a pod template, or of a pod.
 * Upstream: staging/src/k8s.io/kubectl/pkg/cmd/set/set_image.go (1.36).
 * Simplified: nothing known.
 */
export const setImage = defineOperation('set-image', context => operation => {
  const { kind, namespace, name, images } = operation
  const object = `${kind}/${name}`
  const spec = podSpecOf(context, operation)
  const missing = Object.keys(images).find(
    container => container !== '*' && !allContainers(spec).some(({ name: other }) => other === container),
  )
  if (spec !== undefined && missing !== undefined) {
    const error = `unable to find container named "${missing}"`
    context.report('set-image', 'REJECTED', namespace, { object, error })
    return undefined
  }
  const changed = {
    containers: imagePatch(spec?.containers, images),
    initContainers: imagePatch(spec?.initContainers, images),
  }
  const { result, message } = patchObject(context.api, operation, 'strategic', {
    spec: podSpecPatch(kind, changed),
  })
  if (result === Result.Ok) return { object, images }
  context.report('set-image', 'REJECTED', namespace, { object, error: message })
  return undefined
})

function podSpecPatch(kind: string, spec: object): object {
  if (kind === 'Pod') return spec
  const template = { template: { spec } }
  return kind === 'CronJob' ? { jobTemplate: { spec: template } } : template
}

interface Templated {
  readonly template?: { readonly spec: PodSpec }
  readonly jobTemplate?: { readonly spec: { readonly template: { readonly spec: PodSpec } } }
}

function podSpecOf({ api }: OperatorContext, { kind, namespace, name }: ObjectName): PodSpec | undefined {
  const { state } = api
  if (kind === 'Pod') {
    const pod = state.pods.find(state.namespaceId(namespace), name)
    return pod === undefined || pod === NONE
      ? undefined
      : state.templates.get(state.pods.templateOf(pod)).spec
  }
  const id = state.objects.find(kind, namespace, name)
  if (id === undefined) return undefined
  const { template, jobTemplate } = state.objects.get<Templated>(id).spec
  return template?.spec ?? jobTemplate?.spec.template.spec
}

function allContainers(spec: PodSpec | undefined): readonly Container[] {
  return [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])]
}

function imagePatch(containers: readonly Container[] | undefined, images: Labels): object[] {
  return (containers ?? []).flatMap(({ name }) => {
    const image = images[name] ?? images['*']
    return image === undefined ? [] : [{ name, image }]
  })
}
