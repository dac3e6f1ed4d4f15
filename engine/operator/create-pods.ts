import { NONE } from '../state/ids.js'
import { defineOperation } from './operation.js'
import { PodMaker } from './pod-maker.js'

/**
 * Many bare pods of one template at once.
 * Upstream: staging/src/k8s.io/kubectl/pkg/cmd/create/create.go (1.36).
 * Simplified: requests of the operator are not rate limited.
 */
export const createPods = defineOperation('create-pods', ({ api, model }) => {
  const maker = new PodMaker(api, model)
  return ({ namespace, names, template, runFor }) => {
    let created = 0
    for (const name of names) if (maker.create(namespace, name, template, runFor) !== NONE) created++
    return { pods: names.length, created }
  }
})
