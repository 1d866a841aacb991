import { describe, expect, it } from 'vitest';
import { createFaultPlan, type RequestFacts } from '../../../../../local/kubernetes/server/faults.ts';

const get: RequestFacts = { method: 'GET', path: '/api/v1/pods', query: new URLSearchParams() };
const post: RequestFacts = { ...get, method: 'POST' };
const slow = { kind: 'delay', milliseconds: 5 } as const;
const busy = { kind: 'refuse', status: 429 } as const;

describe('createFaultPlan', () => {
  it('hits the first request and no other by default', () => {
    const plan = createFaultPlan();
    plan.add({ effect: busy });
    expect([plan.take(get), plan.take(get)]).toEqual([[busy], []]);
  });

  it('lets some matching requests pass and then hits as many as it is told', () => {
    const plan = createFaultPlan();
    plan.add({ effect: busy, match: ({ method }) => method === 'GET', skip: 1, times: 2 });
    const hits = [get, post, get, post, get, get].map((request) => plan.take(request).length);
    expect(hits).toEqual([0, 0, 1, 0, 1, 0]);
  });

  it('adds up several faults in their order', () => {
    const plan = createFaultPlan();
    plan.add({ effect: slow, times: Number.POSITIVE_INFINITY });
    plan.add({ effect: busy });
    expect([plan.take(get), plan.take(get)]).toEqual([[slow, busy], [slow]]);
  });

  it('ends what is removed', () => {
    const plan = createFaultPlan();
    const remove = plan.add({ effect: slow });
    remove();
    plan.add({ effect: busy });
    plan.clear();
    expect(plan.take(get)).toEqual([]);
  });
});
