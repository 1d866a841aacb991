import { beforeAll, describe, expect, it } from 'vitest';
import {
  EXPIRES_AT_ANNOTATION,
  UNUSED_SINCE_ANNOTATION,
} from '../../../contract/kubernetes/secret.ts';
import type { Send } from '../../support/chart/chart-cluster.ts';
import {
  ANNOTATIONS,
  DRY_RUN,
  MANAGED,
  MERGE,
  marked,
  SECRETS,
  secret,
} from '../../support/chart/refresher-rights.ts';

/** The writers of Secrets. Functions, because the cluster starts before the first test. */
interface Users {
  /** Can write the Secrets of the tests' namespace, which contains the unmanaged Secret `own`. */
  readonly tenant: () => Send;
  readonly refresher: () => Send;
  readonly admin: () => Send;
}

/** Tests the chart's policy for the refresher's annotations, as a part of `chart.test.ts`. */
export function describeAnnotations(users: Users): void {
  describe('the annotations of a managed Secret', () => {
    const refusedAnnotation = {
      status: 403,
      body: {
        reason: 'Forbidden',
        message: expect.stringMatching(/annotations kube-aws-iam\/\* .* or delete the Secret/),
      },
    };
    const patchBy = (send: Send, name: string, metadata: object) =>
      send('PATCH', `${SECRETS}/${name}${DRY_RUN}`, { metadata }, MERGE);

    beforeAll(async () => {
      await users.refresher()('POST', SECRETS, secret('aws-iam-plain', MANAGED));
      await users.refresher()('POST', SECRETS, marked('aws-iam-marked'));
    });

    it.each(Object.keys(ANNOTATIONS))('cannot be forged: %s', async (key) => {
      const forged = { annotations: { [key]: '2020-01-01T00:00:00Z' } };
      const removed = { annotations: { [key]: null } };
      const results = [
        await patchBy(users.tenant(), 'aws-iam-marked', forged),
        await patchBy(users.tenant(), 'aws-iam-marked', removed),
        await patchBy(users.tenant(), 'aws-iam-plain', forged),
      ];
      expect(results).toMatchObject([refusedAnnotation, refusedAnnotation, refusedAnnotation]);
    });

    it.each([
      ['removed with all annotations', 'aws-iam-marked', { annotations: null }],
      [
        'added with an unknown name',
        'aws-iam-marked',
        { annotations: { 'kube-aws-iam/later': 'x' } },
      ],
      [
        'added with others',
        'aws-iam-plain',
        { annotations: { a: 'b', [UNUSED_SINCE_ANNOTATION]: '2020-01-01T00:00:00Z' } },
      ],
    ])('cannot be %s', async (_, name, metadata) => {
      expect(await patchBy(users.tenant(), name, metadata)).toMatchObject(refusedAnnotation);
    });

    it('cannot be written by a cluster admin either', async () => {
      const metadata = { annotations: { [EXPIRES_AT_ANNOTATION]: 'x' } };
      const answer = await patchBy(users.admin(), 'aws-iam-marked', metadata);
      expect(answer).toMatchObject(refusedAnnotation);
    });

    it('cannot be omitted when the Secret is replaced', async () => {
      const path = `${SECRETS}/aws-iam-marked${DRY_RUN}`;
      const without = secret('aws-iam-marked', MANAGED);
      expect(await users.tenant()('PUT', path, without)).toMatchObject(refusedAnnotation);
      expect(await users.tenant()('PUT', path, marked('aws-iam-marked'))).toMatchObject({
        status: 200,
      });
    });

    it('cannot be taken over by server-side apply', async () => {
      const path = `${SECRETS}/aws-iam-marked${DRY_RUN}&fieldManager=tenant&force=true`;
      const annotations = { [EXPIRES_AT_ANNOTATION]: 'x' };
      const metadata = { name: 'aws-iam-marked', annotations };
      const body = { apiVersion: 'v1', kind: 'Secret', metadata };
      expect(
        await users.tenant()('PATCH', path, body, 'application/apply-patch+yaml'),
      ).toMatchObject(refusedAnnotation);
    });

    it.each([
      ['another annotation', { metadata: { annotations: { note: 'seen' } } }],
      [
        'one with a similar name',
        { metadata: { annotations: { 'kube-aws-iam.example/expires-at': 'x' } } },
      ],
      ['another label', { metadata: { labels: { team: 'a' } } }],
      ['a key of the data', { data: { key: 'dmFsdWU=' } }],
    ])('do not affect %s', async (_, patch) => {
      for (const name of ['aws-iam-plain', 'aws-iam-marked']) {
        const path = `${SECRETS}/${name}`;
        expect(await users.tenant()('PATCH', path, patch, MERGE)).toMatchObject({ status: 200 });
      }
    });

    it('do not prevent the removal of all other annotations', async () => {
      const metadata = { annotations: null };
      expect(await patchBy(users.tenant(), 'aws-iam-plain', metadata)).toMatchObject({
        status: 200,
      });
    });

    it('are not protected on an unmanaged Secret', async () => {
      const metadata = { annotations: ANNOTATIONS };
      expect(await patchBy(users.tenant(), 'own', metadata)).toMatchObject({ status: 200 });
    });

    it.each([
      ['changed', { ...ANNOTATIONS, [EXPIRES_AT_ANNOTATION]: '2026-11-23T12:00:00Z' }],
      ['removed', { [UNUSED_SINCE_ANNOTATION]: null }],
    ])('can be %s by the refresher', async (_, annotations) => {
      expect(await patchBy(users.refresher(), 'aws-iam-marked', { annotations })).toMatchObject({
        status: 200,
      });
      expect(await patchBy(users.refresher(), 'aws-iam-plain', { annotations })).toMatchObject({
        status: 200,
      });
    });
  });
}
