import { beforeAll, describe, expect, it } from 'vitest';
import { EXPIRES_AT_ANNOTATION, UNUSED_SINCE_ANNOTATION } from '../../contract/secret.ts';
import type { Send } from '../support/chart-cluster.ts';
import {
  ANNOTATIONS,
  DRY_RUN,
  MANAGED,
  MERGE,
  marked,
  SECRETS,
  secret,
} from '../support/refresher-rights.ts';

/** Who writes; asked for when a test runs, as the cluster is started before the first. */
interface Users {
  /** May write the Secrets of the tests' namespace; there is one called `own` that is not managed. */
  readonly tenant: () => Send;
  readonly refresher: () => Send;
  readonly admin: () => Send;
}

/** Tests of the chart's policy for the annotations that the refresher writes, a part of `chart.test.ts`. */
export function describeAnnotations(users: Users): void {
  describe('and the annotations beside it', () => {
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
      ['removed all together', 'aws-iam-marked', { annotations: null }],
      [
        'put on under a name that is not known yet',
        'aws-iam-marked',
        { annotations: { 'kube-aws-iam/later': 'x' } },
      ],
      [
        'put on with others',
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

    it('cannot be left out when the Secret is replaced', async () => {
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
    ])('leave %s to who may write the Secret', async (_, patch) => {
      for (const name of ['aws-iam-plain', 'aws-iam-marked']) {
        const path = `${SECRETS}/${name}`;
        expect(await users.tenant()('PATCH', path, patch, MERGE)).toMatchObject({ status: 200 });
      }
    });

    it('leave the last other annotation to be removed', async () => {
      const metadata = { annotations: null };
      expect(await patchBy(users.tenant(), 'aws-iam-plain', metadata)).toMatchObject({
        status: 200,
      });
    });

    it('are nothing on a Secret that is not managed', async () => {
      const metadata = { annotations: ANNOTATIONS };
      expect(await patchBy(users.tenant(), 'own', metadata)).toMatchObject({ status: 200 });
    });

    it.each([
      ['change', { ...ANNOTATIONS, [EXPIRES_AT_ANNOTATION]: '2026-11-23T12:00:00Z' }],
      ['remove', { [UNUSED_SINCE_ANNOTATION]: null }],
    ])('are for the refresher to %s', async (_, annotations) => {
      expect(await patchBy(users.refresher(), 'aws-iam-marked', { annotations })).toMatchObject({
        status: 200,
      });
      expect(await patchBy(users.refresher(), 'aws-iam-plain', { annotations })).toMatchObject({
        status: 200,
      });
    });
  });
}
