import { describe, expect, it } from 'vitest';
import { createFaultPlan } from '../../../local/fault-plan.ts';

const isGet = (method: string) => method === 'GET';

describe('createFaultPlan', () => {
  it('affects only the first request by default', () => {
    const plan = createFaultPlan<string, string>();
    plan.add({ effect: 'busy' });
    expect([plan.take('GET'), plan.take('GET')]).toEqual([['busy'], []]);
  });

  it('skips matching requests and then affects the given number', () => {
    const plan = createFaultPlan<string, string>();
    plan.add({ effect: 'busy', match: isGet, skip: 1, times: 2 });
    const requests = ['GET', 'POST', 'GET', 'POST', 'GET', 'GET'];
    const effects = requests.map((request) => plan.take(request).length);
    expect(effects).toEqual([0, 0, 1, 0, 1, 0]);
  });

  it('combines several faults in their order', () => {
    const plan = createFaultPlan<string, string>();
    plan.add({ effect: 'slow', times: Number.POSITIVE_INFINITY });
    plan.add({ effect: 'busy' });
    expect([plan.take('GET'), plan.take('GET')]).toEqual([['slow', 'busy'], ['slow']]);
  });

  it('applies only the first of several exclusive faults, and uses up that one', () => {
    const plan = createFaultPlan<string, string>((effect) => effect !== 'slow');
    plan.add({ effect: 'busy' });
    plan.add({ effect: 'slow' });
    plan.add({ effect: 'down' });
    expect([plan.take('GET'), plan.take('GET'), plan.take('GET')]).toEqual([
      ['busy', 'slow'],
      ['down'],
      [],
    ]);
  });

  it('removes one fault or all', () => {
    const plan = createFaultPlan<string, string>();
    const remove = plan.add({ effect: 'slow' });
    remove();
    plan.add({ effect: 'busy' });
    plan.clear();
    expect(plan.take('GET')).toEqual([]);
  });
});
