import { Match, Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import {
  appOf,
  CLUSTER,
  ENVIRONMENT_OF_STACK,
  onlyStack,
} from '../../support/deployment/synthesize.ts';

const CHART = 'Custom::AWSCDK-EKS-HelmChart';
const VPC = {
  vpcId: 'vpc-01234567',
  availabilityZones: ['eu-central-1a'],
  subnetIds: ['subnet-01234567'],
  securityGroupIds: ['sg-01234567'],
};

const OWN_BASE = 'arn:aws-cn:iam::210987654321:role/team/';

/** A string of the template, with references as `<name>`. */
function written(text: string | { readonly 'Fn::Join': [string, (string | { Ref: string })[]] }) {
  if (typeof text === 'string') return text;
  return text['Fn::Join'][1]
    .map((part) => (typeof part === 'string' ? part : `<${part.Ref}>`))
    .join('');
}

function appWith(settings: object = {}) {
  return appOf({ ...CLUSTER, ...ENVIRONMENT_OF_STACK, installChart: true, ...settings });
}

function templateWith(settings: object = {}): Template {
  return Template.fromStack(onlyStack(appWith(settings)));
}

/** The values of the chart in the template. */
function valuesOf(template: Template): unknown {
  const [chart] = Object.values(template.findResources(CHART));
  return JSON.parse(chart?.['Properties'].Values);
}

describe('the chart in the stack', () => {
  const template = templateWith();
  const json: {
    readonly Resources: Record<string, { readonly Type: string; readonly DependsOn?: string[] }>;
  } = JSON.parse(JSON.stringify(template.toJSON()));

  /** The resources that a resource depends on, directly or indirectly. */
  function predecessorsOf(id: string, known = new Set<string>()): ReadonlySet<string> {
    const text = JSON.stringify(json.Resources[id]);
    const referred = [...text.matchAll(/"(?:Ref|Fn::GetAtt)":\s*\[?"([^"]+)"/g)].map(
      ([, name = '']) => name,
    );
    for (const name of [...referred, ...(json.Resources[id]?.DependsOn ?? [])]) {
      if (json.Resources[name] === undefined || known.has(name)) continue;
      known.add(name);
      predecessorsOf(name, known);
    }
    return known;
  }

  function idsOf(type: string): readonly string[] {
    return Object.keys(json.Resources).filter((id) => json.Resources[id]?.Type === type);
  }

  it('is installed with the values that the forwarder needs', () => {
    template.hasResourceProperties(CHART, {
      ClusterName: 'production',
      Release: 'kube-aws-iam',
      Namespace: 'kube-aws-iam',
      CreateNamespace: true,
      ChartAssetURL: Match.anyValue(),
      // Helm would wait for the forwarder, which waits for a function that does not run yet.
      Wait: Match.absent(),
      Atomic: Match.absent(),
    });
    expect(valuesOf(template)).toEqual({
      namespaces: [],
      excludedNamespaces: [],
      refresher: {
        subject: { kind: 'Group', name: 'kube-aws-iam:refreshers' },
        rotatesLogin: false,
      },
      sessions: { serviceAccount: false },
      forwarder: {
        region: 'eu-central-1',
        eventBusName: 'kube-aws-iam-production',
        credentials: {
          source: 'secret',
          roleName: 'kube-aws-iam-forwarder-eu-central-1-production',
        },
      },
      secretMetadata: {
        labels: ['velero.io/exclude-from-backup'],
        annotations: ['reloader.stakater.com/ignore'],
      },
    });
  });

  it('receives the keys of secretMetadata, whose values are not restricted', () => {
    const secretMetadata = { labels: { team: 'iam', 'a/b': '' }, annotations: {} };
    expect(valuesOf(templateWith({ secretMetadata }))).toMatchObject({
      secretMetadata: { labels: ['team', 'a/b'], annotations: [] },
    });
  });

  it.each([
    ['irsa', { source: 'irsa', roleArn: 'arn:aws:iam::123456789012:role/mine' }],
    ['podIdentity', { source: 'podIdentity' }],
  ])('receives the source %s of a role of your own', (source, credentials) => {
    const roleArn = 'arn:aws:iam::123456789012:role/mine';
    const values = valuesOf(templateWith({ forwarderCredentials: { source, roleArn } }));
    expect(values).toMatchObject({ forwarder: { credentials } });
  });

  it("injects pods with the stack's region, if the setting says so", () => {
    const app = appOf({
      ...CLUSTER,
      installChart: true,
      podInjection: true,
      podInjectionRegion: true,
    });
    const [chart] = Object.values(Template.fromStack(onlyStack(app)).findResources(CHART));
    const { injection, forwarder } = JSON.parse(written(chart?.['Properties'].Values));
    expect(injection.region).toBe(forwarder.region);
  });

  it.each([
    ['in an account and region', ENVIRONMENT_OF_STACK, 'arn:aws:iam::123456789012:role/'],
    ['in any account and region', {}, 'arn:<AWS::Partition>:iam::<AWS::AccountId>:role/'],
    ['with a custom base', { baseRoleArn: OWN_BASE }, OWN_BASE],
  ])("injects pods with the functions' base role ARN, %s", (_, settings, base) => {
    const app = appOf({ ...CLUSTER, installChart: true, podInjection: true, ...settings });
    const injecting = Template.fromStack(onlyStack(app));
    const [chart] = Object.values(injecting.findResources(CHART));
    const { injection } = JSON.parse(written(chart?.['Properties'].Values));
    expect(injection).toEqual({ enabled: true, baseRoleArn: base });
    const ofFunctions = Object.values(injecting.findResources('AWS::Lambda::Function'))
      .map(({ Properties }) => Properties.Environment?.Variables.BASE_ROLE_ARN)
      .filter((arn) => arn !== undefined);
    expect(ofFunctions.map(written)).toEqual([base, base, base]);
  });

  it('depends on access entries and event bus, and the schedules depend on it', () => {
    const [chart = ''] = idsOf(CHART);
    const before = predecessorsOf(chart);
    for (const type of ['AWS::EKS::AccessEntry', 'AWS::Events::EventBus', 'AWS::Events::Rule']) {
      expect(idsOf(type).length).toBeGreaterThan(0);
      for (const id of idsOf(type)) expect(before).toContain(id);
    }
    expect(idsOf('AWS::EKS::AccessEntry')).toHaveLength(2);
    expect(idsOf('AWS::Scheduler::Schedule')).toHaveLength(3);
    for (const schedule of idsOf('AWS::Scheduler::Schedule')) {
      expect(predecessorsOf(schedule)).toContain(chart);
    }
  });

  it('makes the functions that install it cluster admins', () => {
    template.hasResourceProperties('AWS::EKS::AccessEntry', {
      AccessPolicies: [
        {
          PolicyArn: 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy',
          AccessScope: { Type: 'cluster' },
        },
      ],
    });
  });

  it('denies pods the role of those functions', () => {
    const installer = Object.values(
      template.findResources('AWS::EKS::AccessEntry', {
        Properties: { AccessPolicies: Match.anyValue() },
      }),
    )[0]?.['Properties'].PrincipalArn;
    template.hasResourceProperties('AWS::IAM::Role', {
      Policies: [
        {
          PolicyName: 'refresher',
          PolicyDocument: {
            Statement: Match.arrayWith([
              Match.objectLike({ Sid: 'NeverAssume', Resource: Match.arrayWith([installer]) }),
            ]),
          },
        },
      ],
    });
  });

  it('is installed from the VPC of the functions', () => {
    const functions = Object.values(
      templateWith({ vpc: VPC }).findResources('AWS::Lambda::Function'),
    );
    expect(functions.length).toBeGreaterThan(2);
    for (const { Properties } of functions) {
      expect(Properties.VpcConfig.SubnetIds).toEqual(VPC.subnetIds);
    }
  });

  it.each([
    ['outside of a VPC', {}],
    ['in a VPC', { vpc: VPC }],
  ])('has no cdk-nag findings %s', (_, settings) => {
    expect(() => appWith(settings).synth()).not.toThrow();
  });

  it('is not installed with installChart false', () => {
    const without = templateWith({ installChart: false });
    without.resourceCountIs(CHART, 0);
    without.resourceCountIs('AWS::Lambda::LayerVersion', 0);
    without.resourceCountIs('AWS::EKS::AccessEntry', 1);
  });
});
