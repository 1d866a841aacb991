import { type Assembly, resourcesOf } from '../../assembly/assembly.ts';
import { AssemblyError } from '../../assembly/assembly-error.ts';
import type { SnsTopic } from '../../assembly/resources/sns-topic.ts';
import type { Iam } from '../iam/iam.ts';

/** Tells whether CloudWatch may tell a topic of an alarm. */
export type AlarmTopics = (topicArn: string, alarmArn: string) => TopicDecision;

/** Nothing when it may; else why not. */
export type TopicDecision = { readonly refusal: string } | undefined;

const SERVICE = 'cloudwatch.amazonaws.com';
const KEY_ACTIONS = ['kms:Decrypt', 'kms:GenerateDataKey'];

/**
 * The topics of the assembly, as CloudWatch meets them. Of a topic from elsewhere nothing is known: it takes everything.
 * @throws AssemblyError for a topic that is encrypted with a key which is not in the assembly.
 */
export function alarmTopics(assembly: Assembly, iam: Pick<Iam, 'decideResource'>): AlarmTopics {
  const topics = new Map(
    resourcesOf(assembly, 'sns-topic').map((topic) => [
      topic.arn,
      { keyArn: keyArnOf(assembly, topic), hasPolicy: hasPolicy(assembly, topic) },
    ]),
  );
  const { account } = assembly.target;
  return (topicArn, alarmArn) => {
    const topic = topics.get(topicArn);
    const may = (action: string, resource: string) => {
      const context = { 'aws:SourceArn': alarmArn, 'aws:SourceAccount': account };
      const caller = { kind: 'service', service: SERVICE } as const;
      return iam.decideResource(resource, caller, action, context).outcome === 'allowed';
    };
    // What SNS allows by itself, to everybody of the account, a policy replaces as a whole.
    if (topic?.hasPolicy && !may('sns:Publish', topicArn)) {
      return { refusal: `the policy of ${topicArn} does not let ${SERVICE} publish to it` };
    }
    const { keyArn } = topic ?? {};
    if (keyArn === undefined || KEY_ACTIONS.every((action) => may(action, keyArn))) return;
    return { refusal: `the policy of ${keyArn} does not let ${SERVICE} use it for ${topicArn}` };
  };
}

function hasPolicy(assembly: Assembly, { arn }: SnsTopic): boolean {
  return resourcesOf(assembly, 'sns-topic-policy').some(({ topicArns }) => topicArns.includes(arn));
}

function keyArnOf(assembly: Assembly, { arn, keyId }: SnsTopic): string | undefined {
  if (keyId === undefined) return undefined;
  const alias = resourcesOf(assembly, 'kms-alias').find(
    ({ name }) => keyId === name || keyId.endsWith(`:${name}`),
  );
  const id = alias?.keyId ?? keyId;
  const key = resourcesOf(assembly, 'kms-key').find((one) => id === one.arn || id === one.keyId);
  if (key !== undefined) return key.arn;
  throw new AssemblyError(
    `topic ${arn}: its key ${keyId} is not there; CloudWatch needs one whose policy lets it in, which that of AWS, alias/aws/sns, does not`,
  );
}
