import { type Assembly, resourcesOf } from '../../assembly/assembly.ts';
import { AssemblyError } from '../../assembly/assembly-error.ts';
import type { SnsTopic } from '../../assembly/resources/sns.ts';
import type { Iam } from '../iam/iam.ts';

/** Returns why CloudWatch cannot publish an alarm's notification to a topic; undefined if it can. */
type TopicAccess = (topicArn: string, alarmArn: string) => string | undefined;

const SERVICE = 'cloudwatch.amazonaws.com';
const KEY_ACTIONS = ['kms:Decrypt', 'kms:GenerateDataKey'];

/**
 * Checks the policies of the assembly's topics and of their keys. Topics outside the assembly are assumed to be accessible.
 *
 * @throws AssemblyError for a topic that is encrypted with a key outside the assembly
 */
export function createTopicAccess(
  assembly: Assembly,
  iam: Pick<Iam, 'decideResource'>,
): TopicAccess {
  const topics = new Map(
    resourcesOf(assembly, 'sns-topic').map((topic) => [
      topic.arn,
      { keyArn: keyArnOf(assembly, topic), hasPolicy: hasPolicy(assembly, topic) },
    ]),
  );
  const { account } = assembly.target;
  return (topicArn, alarmArn) => {
    const topic = topics.get(topicArn);
    const isAllowed = (action: string, resource: string) => {
      const context = { 'aws:SourceArn': alarmArn, 'aws:SourceAccount': account };
      const caller = { kind: 'service', service: SERVICE } as const;
      return iam.decideResource(resource, caller, action, context).outcome === 'allowed';
    };
    // The default policy of SNS allows everyone in the account; a custom policy replaces it.
    if (topic?.hasPolicy && !isAllowed('sns:Publish', topicArn)) {
      return `the policy of ${topicArn} does not allow ${SERVICE} to publish to it`;
    }
    const { keyArn } = topic ?? {};
    if (keyArn === undefined || KEY_ACTIONS.every((action) => isAllowed(action, keyArn))) return;
    return `the policy of ${keyArn} does not allow ${SERVICE} to use it for ${topicArn}`;
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
    `topic ${arn}: key ${keyId} is not in the assembly; use a key whose policy allows CloudWatch, which the policy of alias/aws/sns does not`,
  );
}
