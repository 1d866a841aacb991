import type { ResourcePolicySpec } from '../aws/iam/iam.ts';
import { type Assembly, resourcesOf } from './assembly.ts';
import { AssemblyError } from './assembly-error.ts';
import { eventBuses } from './event-buses.ts';
import type { LambdaPermission } from './resources/lambda-permission.ts';

const VERSION = '2012-10-17';

/** Limit of EventBridge for all statements of a bus together, in characters. */
const MOST_BUS_POLICY_CHARACTERS = 10_240;

/**
 * The policies that the assembly gives to resources: those of event buses, topics and keys, and the permissions of
 * functions, each written as the statement that Lambda makes of it.
 * @throws AssemblyError for a policy of a bus, a topic or a function that is not there, and for one that is too long.
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
        `policy statement ${policy.statementId} is for event bus ${policy.eventBusName}, not there`,
      );
    }
    return { bus, document: { Version: VERSION, Statement: [policy.statement] } };
  });
  const documents = [...buses.values()].flatMap((bus) => [
    ...(bus.policy === undefined ? [] : [{ bus, document: bus.policy }]),
    ...statements.filter((statement) => statement.bus === bus),
  ]);
  return documents.map(({ bus, document }) => {
    if (JSON.stringify(document).length > MOST_BUS_POLICY_CHARACTERS) {
      throw new AssemblyError(
        `event bus ${bus.name}: its policy has more than ${MOST_BUS_POLICY_CHARACTERS} characters`,
      );
    }
    return { resourceArn: bus.arn, name: bus.name, document };
  });
}

function topicPolicies(assembly: Assembly): readonly ResourcePolicySpec[] {
  const topics = new Set(resourcesOf(assembly, 'sns-topic').map(({ arn }) => arn));
  return resourcesOf(assembly, 'sns-topic-policy').flatMap(({ topicArns, document }) =>
    topicArns.map((arn) => {
      if (!topics.has(arn)) throw new AssemblyError(`policy for topic ${arn}, not there`);
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
    ...resourcesOf(assembly, 'foreign-function'),
  ];
  return resourcesOf(assembly, 'lambda-permission').map((permission) => {
    const { function: name, statementId } = permission;
    const fn = functions.find(({ functionName, arn }) => name === functionName || name === arn);
    if (fn === undefined) {
      throw new AssemblyError(`permission ${statementId} is for function ${name}, not there`);
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
