import type { V1PodSpec, V1Volume } from '@kubernetes/client-node';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CONFIG_VOLUME, INJECTED_VOLUME } from '../../../contract/kubernetes/injection.ts';
import { parseSecretName } from '../../../lambda/decide/requested-secrets.ts';
import { waitUntil } from '../../../local/wait-until.ts';
import type { Send } from '../../support/chart/chart-cluster.ts';
import {
  addedSecret,
  asking,
  ONE,
  refusedFor,
  tried,
  verdictOf,
} from '../../support/chart/injected-pods.ts';
import { SHAPES } from '../../support/chart/injection-shapes.ts';
import { ACCOUNT } from '../../support/deployment/deployment.ts';

const POLICIES = '/apis/admissionregistration.k8s.io/v1';
const NAME = 'kube-aws-iam-injection';
const BASE = `arn:aws:iam::${ACCOUNT}:role/`;

/** The cluster with the chart. Functions, because the cluster starts before the first test. */
interface Cluster {
  readonly admin: () => Send;
  /** Installs the chart with a `baseRoleArn`, by default that of the account. */
  readonly install: (baseRoleArn?: string) => Promise<void>;
}

/** Tests values of the annotation, as a part of `chart-injection.test.ts`. */
export function describeValues({ admin, install }: Cluster): void {
  describe('the value of the annotation', () => {
    it.each([
      ['a name', 'app-orders', 'app-orders'],
      ['a name with dots', 'app.orders.v2', 'app.orders.v2'],
      ['a name of 64 characters', 'a'.repeat(64), 'a'.repeat(64)],
      ['an ARN', `${BASE}app-orders`, 'app-orders'],
      ["kiam's leading slash", '/app-orders', 'app-orders'],
    ])('can be %s', async (_, value, role) => {
      expect(addedSecret(await admin()('POST', tried, asking(value)))).toBe(`aws-iam-${role}`);
      expect(verdictOf(asking(value), BASE)).toMatchObject({ secret: `aws-iam-${role}` });
    });

    it.each<[string, string, RegExp]>([
      [
        'an ARN of another account',
        'arn:aws:iam::999999999999:role/a',
        /starts with arn:aws:iam::123456789012:role\/\. .* create an AWSIAMRole/,
      ],
      [
        'an ARN of another partition',
        `arn:aws-cn:iam::${ACCOUNT}:role/a`,
        /starts with arn:aws:iam/,
      ],
      ['an ARN in capitals', `ARN:aws:iam::${ACCOUNT}:role/a`, /without a path/],
      ['an ARN with a path', `${BASE}path/a`, /without a path, except .* create an AWSIAMRole/],
      ['a path', 'path/a', /without a path, except .* create an AWSIAMRole/],
      ['two slashes', '//a', /without a path/],
      ['the base alone', BASE, /cannot be part of a Secret's name/],
      ['upper case', 'Orders', /lower-case letters.* create an AWSIAMRole and mount its Secret/],
      ['a character that IAM allows and Secrets do not', 'a_b', /lower-case letters, digits/],
      ['a trailing space', 'app-orders ', /cannot be part of a Secret's name/],
      ['a trailing line', 'app-orders\nx', /cannot be part of a Secret's name/],
      [
        'several roles',
        'app-orders,app-billing',
        /accepts one role.* add a volume with its Secret/,
      ],
      ['65 characters', 'a'.repeat(65), /more than 64 characters/],
      ['more than the longest ARN', 'a'.repeat(2_049), /too long/],
      ['the maximum size of annotations', 'a'.repeat(260_000), /too long/],
      ['the name of a token', 'app-token-bcdfg', /ends like the name of a ServiceAccount token/],
    ])('cannot be %s, and the rejection explains why', async (_, value, message) => {
      const answer = await admin()('POST', tried, asking(value));
      expect(answer).toMatchObject(refusedFor(message));
      expect(JSON.stringify(answer.body)).not.toContain(value);
      expect(JSON.stringify(answer.body).length).toBeLessThan(1_500);
      expect(verdictOf(asking(value), BASE)).toMatchObject({ kind: 'rejected' });
    });

    it('is accepted exactly if the refresher accepts it as a role', async () => {
      const pieces = [
        'a',
        'b',
        '0',
        '-',
        '.',
        'A',
        '_',
        '/',
        ' ',
        '-token-',
        'bcdfg',
        'x'.repeat(30),
      ];
      const values = fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 5 });
      for (const parts of [['/'], ...fc.sample(values, { numRuns: 150, seed: 22 })]) {
        const value = parts.join('');
        const { role } = parseSecretName(`aws-iam-${value.replace(/^\//, '')}`);
        const answer = await admin()('POST', tried, asking(value));
        expect([value, addedSecret(answer)?.slice('aws-iam-'.length)]).toEqual([value, role]);
        expect([value, answer.status]).toEqual([value, role === undefined ? 422 : 201]);
        const kind = role === undefined ? 'rejected' : 'injected';
        expect([value, verdictOf(asking(value), BASE)?.kind]).toEqual([value, kind]);
      }
    });

    it.each<[string, V1PodSpec]>([
      ['specifies its OS', { ...ONE, os: { name: 'windows' } }],
      ['selects such nodes', { ...ONE, nodeSelector: { 'kubernetes.io/os': 'windows' } }],
    ])('is rejected in a Windows pod that %s', async (_, spec) => {
      const pod = asking('app-orders', spec);
      expect(verdictOf(pod, BASE)).toMatchObject({ kind: 'rejected' });
      expect(await admin()('POST', tried, pod)).toMatchObject(
        refusedFor(/is for Linux pods only.*docs\/windows\.md/),
      );
    });

    it.each<[string, V1Volume]>([
      ['the volume', { name: INJECTED_VOLUME, secret: { secretName: 'aws-iam-app-billing' } }],
      ['the second volume', { name: CONFIG_VOLUME, secret: { secretName: 'aws-iam-app-orders' } }],
      ['the second volume, by no Secret', { name: CONFIG_VOLUME, emptyDir: {} }],
    ])('is rejected if the name of %s is taken', async (_, volume) => {
      const pod = asking('app-orders', { ...ONE, volumes: [volume] });
      expect(await admin()('POST', tried, pod)).toMatchObject(
        refusedFor(
          /already has a volume named kube-aws-iam or kube-aws-iam-config.*Rename your volume/,
        ),
      );
      expect(verdictOf(pod, BASE)).toMatchObject({ kind: 'rejected' });
    });

    it('is rejected if a variable names the second volume and no mount has it', async () => {
      const value = '/meta/aws-iam-config/credentials.process';
      const env = [{ name: 'AWS_SHARED_CREDENTIALS_FILE', value }];
      const spec = { containers: [{ name: 'web', image: 'app', env }] };
      expect(await admin()('POST', tried, asking('app-orders', spec))).toMatchObject(
        refusedFor(/this pod was not injected with the credentials/),
      );
    });

    it('is rejected if the mutating policy is missing', async () => {
      const path = `${POLICIES}/mutatingadmissionpolicybindings/${NAME}`;
      await admin()('DELETE', path);
      try {
        const answer = await waitUntil('the policy to be gone', async () => {
          const found = await admin()('POST', tried, asking('app-orders'));
          return found.status === 201 ? undefined : found;
        });
        expect(answer).toMatchObject(refusedFor(/this pod was not injected with the credentials/));
        const { byHand } = SHAPES[0] ?? {};
        const complete = await admin()('POST', tried, asking('app-orders', byHand));
        expect(complete.status).toBe(201);
      } finally {
        await install();
      }
    });

    describe('with a common path', () => {
      const WITH_PATH = `${BASE}teams/a/`;
      beforeAll(() => install(WITH_PATH));
      afterAll(() => install());

      it.each([
        ['an ARN', `${WITH_PATH}app-orders`],
        ['a path', 'teams/a/app-orders'],
        ['a path with a leading slash', '/teams/a/app-orders'],
        ['a leading slash', '/app-orders'],
        ['a name', 'app-orders'],
      ])('can be %s', async (_, value) => {
        expect(addedSecret(await admin()('POST', tried, asking(value)))).toBe('aws-iam-app-orders');
        expect(verdictOf(asking(value), WITH_PATH)).toMatchObject({ secret: 'aws-iam-app-orders' });
      });

      it.each([
        ['an ARN without it', `${BASE}app-orders`, /starts with arn:aws:iam::\d+:role\/teams\/a\//],
        ['a part of the path', 'teams/app-orders', /without a path, except the path/],
        ['more than the path', 'teams/a/b/app-orders', /without a path, except the path/],
        ['the path alone', 'teams/a/', /cannot be part of a Secret's name/],
      ])('cannot be %s', async (_, value, message) => {
        expect(await admin()('POST', tried, asking(value))).toMatchObject(refusedFor(message));
        expect(verdictOf(asking(value), WITH_PATH)).toMatchObject({ kind: 'rejected' });
      });
    });

    describe('without a base', () => {
      beforeAll(() => install(''));
      afterAll(() => install());

      it('cannot be an ARN', async () => {
        const answer = await admin()('POST', tried, asking(`${BASE}app-orders`));
        expect(answer).toMatchObject(
          refusedFor(/and not an ARN, because .* injection\.baseRoleArn is empty/),
        );
      });
    });
  });
}
