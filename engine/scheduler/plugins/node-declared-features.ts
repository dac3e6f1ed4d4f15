import type { PodSpec } from '../../model/pod-spec.js'
import { definePlugin } from '../framework/define-plugin.js'
import { Action } from '../framework/interface.js'
import { eachNode } from '../framework/node-list.js'
import type { PodShape } from '../framework/pod-shape.js'
import { Code, OK, SKIP } from '../framework/status.js'

/** What a pod needs a node to declare in `status.declaredFeatures`, by feature. */
const NEEDED: readonly { readonly feature: string; readonly isNeededBy: (spec: PodSpec) => boolean }[] = [
  {
    feature: 'RestartAllContainersOnContainerExits',
    isNeededBy: ({ containers, initContainers = [] }) =>
      [...containers, ...initContainers].some(({ restartPolicyRules = [] }) =>
        restartPolicyRules.some(({ action }) => action === 'RestartAllContainers'),
      ),
  },
  {
    feature: 'UserNamespacesHostNetworkSupport',
    isNeededBy: ({ hostNetwork = false, hostUsers }) => hostNetwork && hostUsers === false,
  },
]

/**
 * Rejects nodes that do not declare a feature the pod cannot run without.
 *
 * Upstream: pkg/scheduler/framework/plugins/nodedeclaredfeatures/nodedeclaredfeatures.go and the features of
 * staging/src/k8s.io/component-helpers/nodedeclaredfeatures/features (1.36).
 * Simplified: features that only matter to an update of a running pod are left out, since no pod is updated in place.
 */
export const nodeDeclaredFeatures = definePlugin({
  name: 'NodeDeclaredFeatures',
  about: 'Rejects nodes that do not declare the features the pod needs.',
  args: {},
  create(handle) {
    const { snapshot, state } = handle
    const undeclared = handle.reason(
      "node(s) didn't match Pod's required features",
      Code.UnschedulableAndUnresolvable,
    )
    const needs: (readonly string[])[] = []
    const neededBy = ({ templateId, template: { spec } }: PodShape): readonly string[] =>
      (needs[templateId] ??= NEEDED.filter(({ isNeededBy }) => isNeededBy(spec)).map(
        ({ feature }) => feature,
      ))
    return {
      preFilter: ({ shape }) => (neededBy(shape).length === 0 ? SKIP : OK),
      filter({ shape }, nodes) {
        const features = neededBy(shape)
        eachNode(nodes, node => {
          const declared = state.nodes.declaredFeatures[snapshot.original(node)]
          return features.every(feature => declared?.has(feature) === true) ? 0 : undeclared
        })
      },
      events: [{ resource: 'Node', actions: Action.Add | Action.UpdateNodeDeclaredFeature }],
    }
  },
})
