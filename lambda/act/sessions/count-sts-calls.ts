import type { STSClient } from '@aws-sdk/client-sts';
import { isThrottled } from './assume-role-error.ts';

/**
 * Has `count` called after each request of the client. The SDK tries again by itself, so that what it gives back says
 * nothing of the requests that were turned away; this stands inside of its tries.
 */
export function countStsCalls(sts: STSClient, count: (isThrottled: boolean) => void): STSClient {
  sts.middlewareStack.add(
    (next) => async (request) => {
      try {
        const answer = await next(request);
        count(false);
        return answer;
      } catch (error) {
        count(isThrottled(error));
        throw error;
      }
    },
    // The tries are a middleware of the same step with a high priority.
    { name: 'countStsCalls', step: 'finalizeRequest', priority: 'low' },
  );
  return sts;
}
