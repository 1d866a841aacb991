import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { type Assembly, resourcesOf } from '../../assembly/assembly.ts';
import type { Clock } from '../../clock.ts';
import { regionalArn } from '../arn.ts';
import { jsonErrorResponse, jsonResponse } from '../http/aws-json.ts';
import { type AwsServer, startAwsServer } from '../http/aws-server.ts';
import { ServiceError } from '../http/service-error.ts';
import type { SignedRequest } from '../http/signature-claim.ts';
import type { Iam } from '../iam/iam.ts';
import type { Session } from '../iam/session.ts';

/** The embedded Secrets Manager. */
export interface EmbeddedSecretsManager extends AwsServer {
  /** The values that a secret has had, oldest first; empty for a secret without a value. @throws for an unknown ARN */
  valuesOf(arn: string): readonly string[];
  /** Sets the value of a secret, as an administrator would. @throws for an unknown ARN */
  putValue(arn: string, value: string): void;
}

interface SecretsManagerDeps {
  readonly assembly: Assembly;
  readonly iam: Pick<Iam, 'decide' | 'findSession'>;
  readonly clock: Clock;
}

interface StoredSecret {
  readonly arn: string;
  readonly name: string;
  readonly versions: { readonly id: string; readonly value: string; readonly createdAt: Date }[];
}

/** Maximum length of a value (API reference, PutSecretValue). */
const MAX_VALUE_BYTES = 65_536;

const SecretId = z.string().min(1).max(2_048);

/** Members of requests that are not supported are rejected. */
const REQUESTS = {
  DescribeSecret: z.strictObject({ SecretId }),
  GetSecretValue: z.strictObject({ SecretId }),
  PutSecretValue: z.strictObject({
    SecretId,
    SecretString: z.string().min(1),
    ClientRequestToken: z.string().min(32).max(64).optional(),
  }),
};

type Operation = keyof typeof REQUESTS;

/**
 * Starts a Secrets Manager on a loopback address with the secrets of the assembly. It supports DescribeSecret,
 * GetSecretValue and PutSecretValue of texts, the current version only, and checks the caller's policies.
 */
export async function startSecretsManager(
  deps: SecretsManagerDeps,
): Promise<EmbeddedSecretsManager> {
  const { assembly, clock } = deps;
  const { region } = assembly.target;
  const secrets: readonly StoredSecret[] = resourcesOf(assembly, 'secret').map(({ name, arn }) => ({
    name,
    arn,
    versions: [],
  }));

  /** Finds a secret by its ARN, with or without the suffix, or its name. */
  const find = (id: string) =>
    secrets.find(({ name, arn }) => [name, arn, arn.slice(0, -'-AbCdEf'.length)].includes(id));

  function put(secret: StoredSecret, value: string): string {
    const id = randomUUID();
    secret.versions.push({ id, value, createdAt: clock.now() });
    return id;
  }

  function getValue({ arn, name, versions }: StoredSecret): object {
    const current = versions.at(-1);
    if (current === undefined) {
      throw notFound("can't find the specified secret value for staging label: AWSCURRENT");
    }
    return {
      ARN: arn,
      Name: name,
      VersionId: current.id,
      SecretString: current.value,
      VersionStages: ['AWSCURRENT'],
      CreatedDate: current.createdAt.getTime() / 1_000,
    };
  }

  function describe({ arn, name, versions }: StoredSecret): object {
    const current = versions.at(-1);
    return {
      ARN: arn,
      Name: name,
      // Absent without a version, as in AWS.
      ...(current === undefined
        ? {}
        : {
            VersionIdsToStages: { [current.id]: ['AWSCURRENT'] },
            LastChangedDate: current.createdAt.getTime() / 1_000,
          }),
    };
  }

  function putValue(secret: StoredSecret, value: string): object {
    if (Buffer.byteLength(value) > MAX_VALUE_BYTES) {
      throw new ServiceError(400, 'InvalidParameterException', 'The secret value is too long.');
    }
    const VersionId = put(secret, value);
    return { ARN: secret.arn, Name: secret.name, VersionId, VersionStages: ['AWSCURRENT'] };
  }

  const known = (arn: string): StoredSecret => {
    const secret = find(arn);
    if (secret === undefined) throw new Error(`there is no secret ${arn}`);
    return secret;
  };

  const server = await startAwsServer(deps, {
    protocol: 'aws-json',
    target: (request) => ({ action: actionOf(request), resource: secretIdOf(request) }),
    signingScope: () => ({ service: 'secretsmanager', region }),
    handle: async (request, caller) => {
      const operation = operationOf(request);
      const input = readInput(operation, request.body);
      const secret = find(input.SecretId);
      authorize(deps, caller, operation, secret?.arn ?? unknownArn(assembly, input.SecretId));
      if (secret === undefined) throw notFound("can't find the specified secret.");
      if ('SecretString' in input) return jsonResponse(putValue(secret, input.SecretString));
      return jsonResponse(operation === 'DescribeSecret' ? describe(secret) : getValue(secret));
    },
    errorResponse: (_request, error) => jsonErrorResponse(error),
  });
  return {
    ...server,
    valuesOf: (arn) => known(arn).versions.map(({ value }) => value),
    putValue: (arn, value) => void put(known(arn), value),
  };
}

/** @throws ServiceError unless the caller's policies allow the operation */
function authorize(
  { iam }: SecretsManagerDeps,
  caller: Session,
  operation: Operation,
  arn: string,
): void {
  const action = `secretsmanager:${operation}`;
  const { outcome } = iam.decide(caller, action, arn);
  if (outcome === 'allowed') return;
  const why =
    outcome === 'explicitDeny'
      ? 'with an explicit deny in an identity-based policy'
      : `because no identity-based policy allows the ${action} action`;
  throw new ServiceError(
    400,
    'AccessDeniedException',
    `User: ${caller.arn} is not authorized to perform: ${action} on resource: ${arn} ${why}`,
  );
}

/** The ARN that policies are evaluated for when there is no such secret. */
function unknownArn({ target }: Assembly, id: string): string {
  return id.startsWith('arn:') ? id : regionalArn(target, 'secretsmanager', `secret:${id}`);
}

function actionOf({ method, headers }: SignedRequest): string {
  return headers['x-amz-target']?.replace(/^secretsmanager\./, '') ?? method;
}

function operationOf(request: SignedRequest): Operation {
  const action = actionOf(request);
  if (Object.hasOwn(REQUESTS, action)) return action as Operation;
  throw new ServiceError(
    400,
    'UnknownOperationException',
    `The embedded Secrets Manager does not support ${action}`,
  );
}

function readInput(operation: Operation, body: string): z.output<(typeof REQUESTS)[Operation]> {
  const parsed = REQUESTS[operation].safeParse(parseJson(body));
  if (parsed.success) return parsed.data;
  throw new ServiceError(400, 'ValidationException', z.prettifyError(parsed.error));
}

/** For faults and the recorded calls. */
function secretIdOf({ body }: SignedRequest): string | undefined {
  const parsed = z.object({ SecretId }).safeParse(parseJson(body));
  return parsed.success ? parsed.data.SecretId : undefined;
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function notFound(what: string): ServiceError {
  return new ServiceError(400, 'ResourceNotFoundException', `Secrets Manager ${what}`);
}
