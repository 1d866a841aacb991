import { handlePodEvent } from './handle-pod-event.ts';
import { createHandler } from './handler.ts';

/**
 * The events function. Runs for each event from the forwarder, and creates the Secrets that pods wait for. A schedule keeps
 * one container warm. It is a function of its own, so that passes never wait for pod events: its reserved concurrency
 * bounds them, and the next refresh serves the pods of those that Lambda drops.
 */
export const handler = createHandler('events', handlePodEvent);
