import { SECOND } from '../kernel/time.js'
import { apiTime } from '../model/api-time.js'
import type { ObjectName, OperationName } from '../model/operations.js'
import type { DeploymentSpec } from '../model/workloads.js'
import { defineOperation, type OperatorContext } from './operation.js'
import { patched } from './patched.js'

const RESTARTED_AT = 'kubectl.kubernetes.io/restartedAt'
const RESTARTABLE: ReadonlySet<string> = new Set(['Deployment', 'StatefulSet', 'DaemonSet'])

/**
 * Rollouts are paused and resumed by a field of the Deployment, and restarted by an annotation of the pod
 * template.
 * Upstream: staging/src/k8s.io/kubectl/pkg/cmd/rollout, pkg/polymorphichelpers/objectrestarter.go (1.36).
 * Simplified: nothing known.
 */
export const pauseRollout = defineOperation('pause-rollout', context => operation => {
  return setPaused(context, 'pause-rollout', operation, true)
})

export const resumeRollout = defineOperation('resume-rollout', context => operation => {
  return setPaused(context, 'resume-rollout', operation, false)
})

function setPaused(context: OperatorContext, operation: OperationName, target: ObjectName, paused: boolean) {
  const { kind, name, namespace } = target
  const present = deploymentSpec(context, target)?.paused
  const verb = paused ? 'pausing' : 'resuming'
  if (kind === 'Deployment' && present !== paused) {
    return patched(context, operation, target, { spec: { paused } })
  }
  const error =
    kind === 'Deployment'
      ? `deployments.apps "${name}" ${paused ? 'is already paused' : 'is not paused'}`
      : `${verb} is not supported`
  context.report(operation, 'REJECTED', namespace, { object: `${kind}/${name}`, error })
  return undefined
}

export const restartRollout = defineOperation('restart-rollout', context => operation => {
  const { kind, name, namespace } = operation
  const { kernel, model, report } = context
  const isPaused = deploymentSpec(context, operation)?.paused === true
  if (!RESTARTABLE.has(kind) || isPaused) {
    const error = isPaused
      ? "can't restart paused deployment (run rollout resume first)"
      : 'restarting is not supported'
    report('restart-rollout', 'REJECTED', namespace, { object: `${kind}/${name}`, error })
    return undefined
  }
  const at = apiTime(model.epochSeconds + kernel.now / SECOND)
  const template = { metadata: { annotations: { [RESTARTED_AT]: at } } }
  return patched(context, 'restart-rollout', operation, { spec: { template } })
})

function deploymentSpec({ api }: OperatorContext, target: ObjectName): DeploymentSpec | undefined {
  const { objects } = api.state
  const id =
    target.kind === 'Deployment' ? objects.find(target.kind, target.namespace, target.name) : undefined
  return id === undefined ? undefined : objects.get<DeploymentSpec>(id).spec
}
