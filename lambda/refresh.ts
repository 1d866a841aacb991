import { PASS } from '../contract/pass.ts';
import { createHandler } from './handler.ts';

/**
 * The refresh function. Runs every minute, and on events from the forwarder. It reads the pending pods (a pod whose
 * Secret does not exist is pending) and the metadata of all managed Secrets, creates the missing Secrets and renews
 * those that are due. It never removes a Secret.
 */
export const handler = createHandler(PASS.refresh);
