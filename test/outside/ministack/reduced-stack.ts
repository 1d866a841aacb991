import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isRecord } from '../../../contract/is-record.ts';
import { assemblyOf } from '../../support/deployment/assembly-of.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/** A resource of a template. */
export interface Resource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
  readonly DependsOn?: readonly string[];
}
type Resources = Readonly<Record<string, Resource>>;

/** What ministack does not support, and what is therefore not judged. */
const NOT_SUPPORTED: readonly {
  readonly what: string;
  readonly includes: (resource: Resource) => boolean;
}[] = [
  {
    what: 'composite alarms',
    includes: ({ Type }) => Type === 'AWS::CloudWatch::CompositeAlarm',
  },
  {
    what: 'alarms on metric math, which are all others',
    includes: ({ Type, Properties }) =>
      Type === 'AWS::CloudWatch::Alarm' && 'Metrics' in Properties,
  },
  {
    what: 'policies of event buses',
    includes: ({ Type }) => Type === 'AWS::Events::EventBusPolicy',
  },
  {
    what: 'access entries in CloudFormation; the test creates them with the API of EKS',
    includes: ({ Type }) => Type === 'AWS::EKS::AccessEntry',
  },
];

/** The assembly without the resources that ministack does not support. */
export interface ReducedStack {
  readonly assemblyDir: string;
  readonly stackName: string;
  /** The left out resources, by what they are. */
  readonly leftOut: Readonly<Record<string, readonly Resource[]>>;
}

/** Synthesizes a cluster's stack without what ministack does not support. */
export async function reducedStack(cluster: object): Promise<ReducedStack> {
  const assemblyDir = temporaryFolder();
  cpSync(await assemblyOf(cluster), assemblyDir, { recursive: true });
  const { artifacts } = JSON.parse(readFileSync(join(assemblyDir, 'manifest.json'), 'utf8'));
  const [stackName = ''] = Object.keys(artifacts).filter(
    (name) => artifacts[name].type === 'aws:cloudformation:stack',
  );
  const file = join(assemblyDir, artifacts[stackName].properties.templateFile);
  const template: { Resources: Resources } = JSON.parse(readFileSync(file, 'utf8'));
  const leftOut = Object.fromEntries(
    NOT_SUPPORTED.map(({ what, includes }) => [
      what,
      Object.values(template.Resources).filter(includes),
    ]),
  );
  const isLeftOut = (name: unknown) => {
    const resource = template.Resources[String(name)];
    return resource !== undefined && NOT_SUPPORTED.some(({ includes }) => includes(resource));
  };
  const resources = Object.entries(template.Resources)
    .filter(([name]) => !isLeftOut(name))
    .map(([name, { DependsOn = [], ...resource }]) => [
      name,
      { ...resource, DependsOn: [DependsOn].flat().filter((other) => !isLeftOut(other)) },
    ]);
  const reduced = { ...template, Resources: Object.fromEntries(resources) };
  // The dashboard shows the alarms.
  writeFileSync(file, JSON.stringify(replaceReferences(reduced, isLeftOut)));
  return { assemblyDir, stackName, leftOut };
}

/** Replaces references to resources that are left out by text. */
function replaceReferences(value: unknown, isLeftOut: (name: unknown) => boolean): unknown {
  if (Array.isArray(value)) return value.map((item) => replaceReferences(item, isLeftOut));
  if (!isRecord(value)) return value;
  const reference = value['Fn::GetAtt'];
  if (Array.isArray(reference) && isLeftOut(reference[0])) return 'left-out';
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, replaceReferences(item, isLeftOut)]),
  );
}
