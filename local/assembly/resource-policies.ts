import type { ResourcePolicySpec } from '../aws/iam/iam.ts';
import { type Assembly, resourcesOf } from './assembly.ts';
import { AssemblyError } from './assembly-error.ts';
import { eventBuses } from './event-buses.ts';
import type { LambdaPermission } from './resources/lambda-permission.ts';

const VERSION = '2012-10-17';

/** EventBridge's limit for the length of a bus's policy. */
const MAX_BUS_POLICY_LENGTH = 10_240;

/**
 * Returns the resource policies of an assembly: those of event buses, topics and keys, and the permissions of functions,
 * as the statements that Lambda creates for them.
 *
 * @throws AssemblyError if the bus, topic or function of a policy does not exist, or if a policy is too long
 */
export function resourcePolicies(assembly: Assembly): readonly ResourcePolicySpec[] {
  return [
    ...busPolicies(assembly),
    ...topicPolicies(assembly),
    ...keyPolicies(assembly),
    ...functionPolicies(assembly),
  ];
}

function busPolicies(assembly: Assembly): readonly ResourcePolicySpec[] {
  const buses = eventBuses(assembly);
  const statements = resourcesOf(assembly, 'event-bus-policy').map((policy) => {
    const bus = buses.get(policy.eventBusName);
    if (bus === undefined) {
      throw new AssemblyError(
        `policy statement ${policy.statementId}: event bus ${policy.eventBusName} does not exist`,
      );
    }
    return { bus, document: { Version: VERSION, Statement: [policy.statement] } };
  });
  const documents = [...buses.values()].flatMap((bus) => [
    ...(bus.policy === undefined ? [] : [{ bus, document: bus.policy }]),
    ...statements.filter((statement) => statement.bus === bus),
  ]);
  return documents.map(({ bus, document }) => {
    if (JSON.stringify(document).length > MAX_BUS_POLICY_LENGTH) {
      throw new AssemblyError(
        `event bus ${bus.name}: the policy has more than ${MAX_BUS_POLICY_LENGTH} characters`,
      );
    }
    return { resourceArn: bus.arn, name: bus.name, document };
  });
}

function topicPolicies(assembly: Assembly): readonly ResourcePolicySpec[] {
  const topics = new Set(resourcesOf(assembly, 'sns-topic').map(({ arn }) => arn));
  return resourcesOf(assembly, 'sns-topic-policy').flatMap(({ topicArns, document }) =>
    topicArns.map((arn) => {
      if (!topics.has(arn)) throw new AssemblyError(`topic policy: topic ${arn} does not exist`);
      return { resourceArn: arn, name: arn.slice(arn.lastIndexOf(':') + 1), document };
    }),
  );
}

function keyPolicies(assembly: Assembly): readonly ResourcePolicySpec[] {
  return resourcesOf(assembly, 'kms-key').map(({ arn, keyId, policy }) => ({
    resourceArn: arn,
    name: keyId,
    document: policy,
  }));
}

function functionPolicies(assembly: Assembly): readonly ResourcePolicySpec[] {
  const functions = [
    ...resourcesOf(assembly, 'lambda-function'),
    ...resourcesOf(assembly, 'cdk-function'),
  ];
  return resourcesOf(assembly, 'lambda-permission').map((permission) => {
    const { function: name, statementId } = permission;
    const fn = functions.find(({ functionName, arn }) => name === functionName || name === arn);
    if (fn === undefined) {
      throw new AssemblyError(`permission ${statementId}: function ${name} does not exist`);
    }
    return {
      resourceArn: fn.arn,
      name: fn.functionName,
      document: permissionDocument(permission, fn.arn),
    };
  });
}

function permissionDocument(permission: LambdaPermission, functionArn: string): object {
  const { statementId, action, service, sourceArn, sourceAccount } = permission;
  return {
    Version: VERSION,
    Statement: {
      Sid: statementId,
      Effect: 'Allow',
      Principal: { Service: service },
      Action: action,
      Resource: functionArn,
      Condition: {
        ...(sourceArn === undefined ? {} : { ArnLike: { 'aws:SourceArn': sourceArn } }),
        ...(sourceAccount === undefined
          ? {}
          : { StringEquals: { 'aws:SourceAccount': sourceAccount } }),
      },
    },
  };
}
