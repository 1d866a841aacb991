import type { Template } from 'aws-cdk-lib/assertions';
import { beforeAll, describe, expect, it } from 'vitest';
import { ENVIRONMENT } from '../../../contract/environment.ts';
import {
  namespacesFitEnvironment,
  rolesFitEnvironment,
} from '../../../infra/settings/environment-limit.ts';
import {
  readClusterSettings,
  SettingsError,
} from '../../../infra/settings/read-cluster-settings.ts';
import { readConfig } from '../../../lambda/config.ts';
import { issueServerCertificate } from '../../../local/kubernetes/certificates.ts';
import { ENVIRONMENT_OF_STACK, templateOf } from '../../support/deployment/synthesize.ts';

const LONG_PATH = `arn:aws-us-gov:iam::123456789012:role/${'p'.repeat(500)}/`;
const VPC = {
  vpcId: 'vpc-0123456789abcdef0',
  availabilityZones: ['us-gov-west-1a'],
  subnetIds: ['subnet-0123456789abcdef0'],
  securityGroupIds: ['sg-0123456789abcdef0'],
};
/** Variables for Node.js; all others are in the contract. */
const RUNTIME_VARIABLES = ['NODE_OPTIONS'];

const LONGEST_SECRET_ARN = `arn:aws-us-gov:secretsmanager:ap-northeast-1:123456789012:secret:kube-aws-iam-${'c'.repeat(34)}-login-AbCdEf`;

const LONG_METADATA = { labels: { a: 'b' }, annotations: { c: '"'.repeat(300) } };

/** Returns the longest list of names that fits. */
function longestThatFits(
  names: (count: number) => readonly string[],
  fits: (names: readonly string[]) => boolean,
): readonly string[] {
  let count = 1;
  while (fits(names(count + 1))) count += 1;
  return names(count);
}

function environmentsOf(template: Template): readonly Readonly<Record<string, string>>[] {
  return Object.values(template.findResources('AWS::Lambda::Function')).map(
    ({ Properties }) => Properties.Environment.Variables,
  );
}

/** Replaces references in the template by the longest ARN of a role or, in `CLUSTER_API`, of a secret. */
function withLongestArns(name: string, value: unknown): unknown {
  const joined = (value as { 'Fn::Join'?: [string, unknown[]] } | null)?.['Fn::Join'];
  if (joined === undefined) return value;
  const roleArn = `arn:aws-us-gov:iam::123456789012:role/${'x'.repeat(64)}`;
  const arn = name === ENVIRONMENT.clusterApi ? LONGEST_SECRET_ARN : roleArn;
  return joined[1].map((part) => (typeof part === 'string' ? part : arn)).join(joined[0]);
}

describe("the functions' environment", () => {
  it('contains exactly the variables of the contract', () => {
    const expected = [...Object.values(ENVIRONMENT), ...RUNTIME_VARIABLES].sort();
    for (const variables of environmentsOf(templateOf())) {
      expect(Object.keys(variables).sort()).toEqual(expected);
    }
  });

  it('is read by the functions as configured', () => {
    const template = templateOf({
      ...ENVIRONMENT_OF_STACK,
      assumableRoles: ['app-*', 'arn:aws:iam::999999999999:role/shared-?'],
      baseRoleArn: 'arn:aws:iam::123456789012:role/pods/',
      namespaceRestrictions: 'annotated',
      allowedRolesFormat: 'regexp',
      namespaces: ['team-a'],
      excludedNamespaces: ['kube-system'],
      sessionName: 'zalando',
      sessionTags: true,
      externalId: 'handshake',
      assumeRole: 'arn:aws:iam::123456789012:role/pod-roles',
      refreshBeforeMinutes: 20,
      secretMetadata: { labels: { team: 'platform' }, annotations: {} },
      vpc: VPC,
    });
    for (const variables of environmentsOf(template)) {
      expect(readConfig({ ...variables, AWS_REGION: 'eu-central-1' })).toEqual({
        region: 'eu-central-1',
        clusterName: 'production',
        policy: {
          baseRoleArn: 'arn:aws:iam::123456789012:role/pods/',
          assumableRoles: [
            'arn:aws:iam::123456789012:role/pods/app-*',
            'arn:aws:iam::999999999999:role/shared-?',
          ],
          deniedRoles: [
            'arn:aws:iam::*:role/cdk-*',
            'arn:aws:iam::123456789012:role/kube-aws-iam-eu-central-1-production',
            'arn:aws:iam::123456789012:role/pod-roles',
          ],
          namespaceRestrictions: 'annotated',
          allowedRolesFormat: 'regexp',
          forwarderRoleArn:
            'arn:aws:iam::123456789012:role/kube-aws-iam-forwarder-eu-central-1-production',
        },
        sessions: {
          nameForm: 'zalando',
          clusterArnTag: 'arn:aws:eks:eu-central-1:123456789012:cluster/production',
          externalId: 'handshake',
          intermediateRoleArn: 'arn:aws:iam::123456789012:role/pod-roles',
          source: 'role',
          seconds: 3_600,
        },
        // Includes the namespace of the forwarder, whose pod needs a Secret like any other.
        scope: { only: ['team-a', 'kube-aws-iam'], except: ['kube-system'] },
        secretMetadata: { labels: { team: 'platform' }, annotations: {} },
        refreshBeforeSeconds: 1_200,
        vpcId: VPC.vpcId,
      });
    }
  });

  it("omits the product's namespace if its forwarder needs no Secret", () => {
    const roleArn = 'arn:aws:iam::123456789012:role/forwarder';
    const template = templateOf({
      namespaces: ['team-a'],
      forwarderCredentials: { source: 'podIdentity', roleArn },
    });
    for (const variables of environmentsOf(template)) {
      expect(variables[ENVIRONMENT.namespaces]).toBe('["team-a"]');
    }
  });

  it('allows and denies the same roles as the IAM policy', () => {
    const template = templateOf(ENVIRONMENT_OF_STACK);
    const role = Object.values(template.findResources('AWS::IAM::Role')).find(
      ({ Properties }) => Properties.Policies[0].PolicyName === 'refresher',
    );
    const statements: readonly { Sid: string; Resource: string | readonly string[] }[] =
      role?.['Properties'].Policies[0].PolicyDocument.Statement;
    const resources = (sid: string) =>
      [statements.find(({ Sid }) => Sid === sid)?.Resource ?? []].flat().sort();
    for (const variables of environmentsOf(template)) {
      const { policy } = readConfig({ ...variables, AWS_REGION: 'eu-central-1' });
      expect([...policy.assumableRoles].sort()).toEqual(resources('AssumeRolesOfPods'));
      expect([...policy.deniedRoles].sort()).toEqual(resources('NeverAssume'));
    }
  });

  it.each([
    { what: 'long names', role: 28, namespace: 58, long: {} },
    { what: 'many short names', role: 0, namespace: 0, long: {}, areExcluded: true },
    { what: 'a long path', role: 10, namespace: 58, long: { baseRoleArn: LONG_PATH } },
    {
      what: 'a long external id',
      role: 10,
      namespace: 58,
      long: { externalId: 'x'.repeat(1_224) },
    },
    {
      what: 'long metadata of Secrets',
      role: 10,
      namespace: 58,
      long: { secretMetadata: LONG_METADATA },
    },
    { what: 'a long role', role: 10, namespace: 58, long: { assumeRole: `${LONG_PATH}r` } },
  ])(
    "fits Lambda's 4 KB with the maximum of $what",
    ({ role, namespace, long, areExcluded = false }) => {
      const settings = {
        ...ENVIRONMENT_OF_STACK,
        clusterName: 'c'.repeat(100),
        region: 'us-gov-west-1',
        namespaceRestrictions: 'annotated',
        allowedRolesFormat: 'regexp',
        sessionTags: true,
        installChart: true,
        vpc: VPC,
        ...long,
      };
      const numbered = (letter: string, length: number) => (count: number) =>
        [...Array(count).keys()].map((i) => `${letter.repeat(length)}${i}`);
      const names = numbered('r', role);
      const spaces = numbered('n', namespace);
      const assumableRoles = longestThatFits(names, (list) =>
        rolesFitEnvironment({ ...long, assumableRoles: list }),
      );
      const [namespaces, excludedNamespaces] = areExcluded
        ? [undefined, longestThatFits(spaces, (list) => namespacesFitEnvironment([], list))]
        : [longestThatFits(spaces, namespacesFitEnvironment), []];
      for (const variables of environmentsOf(
        templateOf({ ...settings, assumableRoles, namespaces, excludedNamespaces }),
      )) {
        expect(JSON.stringify(variables, withLongestArns).length).toBeLessThan(4_096);
      }
    },
  );

  describe('of a cluster that is not on EKS', () => {
    const AUTHORITIES = 4;
    const settingsWith = (roles: number, authorities: number, more: object = {}) => ({
      ...ENVIRONMENT_OF_STACK,
      clusterName: 'c'.repeat(100),
      region: 'us-gov-west-1',
      kind: 'kubernetes',
      kubernetes: {
        server: `https://${'api.'.repeat(20)}example.com:6443`,
        certificateAuthority: bundle.slice(0, authorities).join(''),
        login: 'serviceAccount',
      },
      assumableRoles: [...Array(roles).keys()].map((i) => `app-${i}-*`),
      namespaceRestrictions: 'annotated',
      allowedRolesFormat: 'regexp',
      vpc: VPC,
      ...more,
    });
    const problemsWith = (settings: object): readonly string[] => {
      try {
        readClusterSettings({ clusters: [settings] });
        return [];
      } catch (error) {
        if (error instanceof SettingsError) return error.problems;
        throw error;
      }
    };
    let bundle: readonly string[];
    beforeAll(async () => {
      const issued = [...Array(7)].map(() => issueServerCertificate());
      bundle = (await Promise.all(issued)).map(({ caPem }) => `${caPem}\n`);
    });

    it.each([
      ['no list of namespaces', {}],
      [
        'a list of namespaces',
        { namespaces: [...Array(9).keys()].map((i) => `${'n'.repeat(60)}${i}`) },
      ],
    ])("fits Lambda's 4 KB with the most roles, and uses most of it: %s", (_, more) => {
      let roles = 1;
      while (problemsWith(settingsWith(roles + 1, AUTHORITIES, more)).length === 0) roles += 1;
      const template = templateOf({
        ...settingsWith(roles, AUTHORITIES, more),
        installChart: undefined,
      });
      for (const variables of environmentsOf(template)) {
        const { length } = JSON.stringify(variables, withLongestArns);
        expect(length).toBeLessThan(4_096);
        expect(length).toBeGreaterThan(3_500);
      }
    });

    it.each([
      [
        'one certificate that is too long with many roles',
        50,
        1,
        /leave \d+ for it; shorten assum/,
      ],
      ['a bundle', 1, 7, /it contains 7 certificates: keep only the authority of the API server/],
    ])('reports %s, with a remedy', (_, roles, authorities, remedy) => {
      const assumableRoles = [...Array(roles).keys()].map((i) => `${i}`.padStart(18, 'a'));
      const names = [...Array(10).keys()].map((i) => `${'n'.repeat(60)}${i}`);
      const more =
        roles > 1 ? { assumableRoles: assumableRoles.slice(0, 33), namespaces: names } : {};
      expect(problemsWith(settingsWith(roles, authorities, more))).toEqual([
        expect.stringMatching(
          /^clusters\[0\]\.kubernetes\.certificateAuthority is invalid \(value withheld\); it is too long: .* or set login to "kubeconfig"/,
        ),
      ]);
      expect(problemsWith(settingsWith(roles, authorities, more)).join()).toMatch(remedy);
    });
  });
});
