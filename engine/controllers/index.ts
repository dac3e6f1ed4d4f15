import type { ControllerDefinition } from './controller.js'

/** Every controller of kube-controller-manager that is simulated; one line each. */
export const controllers: readonly ControllerDefinition[] = []
