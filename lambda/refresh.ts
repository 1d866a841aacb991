import { PASS } from '../contract/pass.ts';
import { handlePass } from './handle-pass.ts';
import { createHandler } from './handler.ts';

/**
 * The refresh function. Runs every minute. It reads the pending pods (a pod whose Secret does not exist is pending) and the
 * metadata of all managed Secrets, creates the missing Secrets and renews those that are due. It never removes a Secret.
 */
export const handler = createHandler(PASS.refresh, handlePass(PASS.refresh));
