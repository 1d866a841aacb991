import { PASS } from '../contract/pass.ts';
import { createHandler } from './handler.ts';

/**
 * The function that runs every minute. It looks at pending pods, for a pod that lacks a required Secret is pending,
 * and at the metadata of all managed Secrets; it makes what is missing and renews what is due. It never removes.
 */
export const handler = createHandler(PASS.refresh);
