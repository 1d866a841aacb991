import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sessionName } from '../../../lambda/contract/session-name.ts';

describe('sessionName', () => {
  const label = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
  const cluster = fc.stringMatching(/^[0-9A-Za-z][A-Za-z0-9-_]{0,99}$/);

  it('is one that STS takes, and begins with the whole namespace', () => {
    fc.assert(
      fc.property(label, cluster, (namespace, clusterName) => {
        const name = sessionName(namespace, clusterName);
        expect(name).toMatch(/^[\w+=,.@-]{2,64}$/);
        expect(name.startsWith(`${namespace}@`)).toBe(true);
      }),
    );
  });
});
