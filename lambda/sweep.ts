import { PASS } from '../contract/pass.ts';
import { handlePass } from './handle-pass.ts';
import { createHandler } from './handler.ts';

/**
 * The sweep function. Runs every ten minutes. It reads all live pods, so it also creates Secrets that running pods
 * mount as optional. It marks unused Secrets, and it is the only function that removes Secrets.
 */
export const handler = createHandler(PASS.sweep, handlePass(PASS.sweep));
