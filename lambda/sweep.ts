import { PASS } from '../contract/pass.ts';
import { createHandler } from './handler.ts';

/**
 * The function that runs every ten minutes. It looks at all live pods, so it also makes what a running pod mounts as
 * optional; it marks what nothing wants, and it is the only one that removes.
 */
export const handler = createHandler(PASS.sweep);
