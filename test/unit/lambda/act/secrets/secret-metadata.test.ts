import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { obsoleteKeys, renderMetadata } from '../../../../../lambda/act/secrets/secret-metadata.ts';
import { aSecret } from '../../../../support/builders/builders.ts';

const WRITTEN = 'kube-aws-iam/written-metadata';
const NONE = { labels: {}, annotations: {} };

describe('renderMetadata', () => {
  it('prefers the configured labels to those of the AWSIAMRole, and lists the keys of both', () => {
    const configured = { labels: { team: 'platform' }, annotations: { note: 'x' } };
    expect(renderMetadata(configured, { team: 'a', app: 'b' })).toEqual({
      labels: { team: 'platform', app: 'b' },
      annotations: { note: 'x', [WRITTEN]: '{"annotations":["note"],"labels":["team","app"]}' },
    });
  });

  it('does not list the labels of the product, which an AWSIAMRole may have too', () => {
    const labels = { heritage: 'helm', type: 'mine', app: 'b' };
    expect(renderMetadata(NONE, labels).annotations).toEqual({
      [WRITTEN]: '{"annotations":[],"labels":["app"]}',
    });
  });

  it('writes no list without keys', () => {
    expect(renderMetadata(NONE)).toEqual(NONE);
  });

  it('shortens the list to what an annotation has room for, whatever the labels of an AWSIAMRole', () => {
    const labels = Object.fromEntries(
      Array.from({ length: 20_000 }, (_, i) => [`example.com/${'k'.repeat(50)}${i}`, 'v']),
    );
    const { annotations } = renderMetadata({ labels: {}, annotations: { note: 'x' } }, labels);
    const list = annotations[WRITTEN] ?? '';
    expect(list.length).toBeLessThanOrEqual(4_096);
    expect(JSON.parse(list)).toMatchObject({ annotations: ['note'] });
    expect(JSON.parse(list).labels.length).toBeGreaterThan(30);
  });
});

describe('obsoleteKeys', () => {
  const secret = (list: string) =>
    aSecret('aws-iam-orders', {
      labels: { heritage: 'kube-aws-iam-controller', type: 'awsiamrole', ours: 'x', theirs: 'y' },
      annotations: { [WRITTEN]: list, note: 'ours', other: 'theirs' },
    });

  it('are those that were written and are not wanted any more', () => {
    const list = '{"labels":["ours","kept","gone"],"annotations":["note","gone"]}';
    const content = { labels: { kept: '1' }, annotations: { [WRITTEN]: '{}' } };
    expect(obsoleteKeys(secret(list), content)).toEqual({
      labels: ['ours', 'gone'],
      annotations: ['note', 'gone'],
    });
  });

  it('include the list itself when nothing is written any more', () => {
    const list = '{"labels":["ours"],"annotations":[]}';
    expect(obsoleteKeys(secret(list), NONE)).toEqual({ labels: ['ours'], annotations: [WRITTEN] });
  });

  it('never include a label or annotation of the product, whatever the list says', () => {
    const list = JSON.stringify({
      labels: ['heritage', 'type'],
      annotations: ['kube-aws-iam/expires-at', WRITTEN],
    });
    const content = { labels: {}, annotations: { [WRITTEN]: '{}' } };
    expect(obsoleteKeys(secret(list), content)).toEqual({ labels: [], annotations: [] });
  });

  it.each([
    ...[
      '',
      '[',
      'null',
      '7',
      '"labels"',
      '[["ours"]]',
      '{"labels":"ours"}',
      '{"labels":{"0":"ours"}}',
    ],
    ...['{"labels":[null,1,{},["ours"]]}', '{"__proto__":{"labels":["ours"]}}'],
    '{"labels":["__proto__","-a","a b","a/b/c","/a","a/","",".*"]}',
  ])('are none for the list %j', (list) => {
    const content = { labels: {}, annotations: { [WRITTEN]: '{}' } };
    expect(obsoleteKeys(secret(list), content)).toEqual({ labels: [], annotations: [] });
  });

  it('are keys, whatever the list says', () => {
    fc.assert(
      fc.property(fc.json(), fc.array(fc.string()), (json, keys) => {
        for (const list of [json, JSON.stringify({ labels: keys, annotations: keys })]) {
          const { labels, annotations } = obsoleteKeys(secret(list), NONE);
          for (const key of [...labels, ...annotations]) expect(key).toMatch(/^[\w./-]{1,317}$/);
        }
      }),
    );
  });
});
