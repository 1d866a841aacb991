import {
  GetSecretValueCommand,
  type GetSecretValueCommandOutput,
  PutSecretValueCommand,
  type PutSecretValueCommandOutput,
} from '@aws-sdk/client-secrets-manager';
import type { RefresherError } from '../../contract/errors.ts';
import { ClusterSetupError, ClusterUnreachableError } from '../errors.ts';

/** The secret in Secrets Manager with the login of the functions. */
export interface LoginSecret {
  /**
   * @throws {ClusterSetupError} when it has no value, or cannot be read until somebody fixes the cause
   * @throws {ClusterUnreachableError} when Secrets Manager does not answer
   */
  read(): Promise<string>;
  /** @throws as `read` */
  write(value: string): Promise<void>;
}

/** The part of `SecretsManagerClient` that is used. */
interface SecretsManagerApi {
  send(command: GetSecretValueCommand): Promise<GetSecretValueCommandOutput>;
  send(command: PutSecretValueCommand): Promise<PutSecretValueCommandOutput>;
}

/** Where a login is, for errors. */
export interface LoginLocation {
  readonly clusterName: string;
  readonly secretArn: string;
}

/** Returns the command that stores a login. */
export function connectCommand(clusterName: string): string {
  return `kube-aws-iam connect --cluster ${clusterName}`;
}

/** Reads and writes a secret. */
export function loginSecret(
  secretsManager: SecretsManagerApi,
  location: LoginLocation,
): LoginSecret {
  const SecretId = location.secretArn;
  return {
    async read() {
      const output = await secretsManager
        .send(new GetSecretValueCommand({ SecretId }))
        .catch((error: unknown) => {
          throw failureOf(error, location, 'GetSecretValue');
        });
      if (output.SecretString) return output.SecretString;
      throw new ClusterSetupError(
        `The secret ${SecretId} with the login to cluster "${location.clusterName}" has no text value. Run: ${connectCommand(location.clusterName)}`,
      );
    },
    async write(SecretString) {
      await secretsManager
        .send(new PutSecretValueCommand({ SecretId, SecretString }))
        .catch((error: unknown) => {
          throw failureOf(error, location, 'PutSecretValue');
        });
    },
  };
}

/** Truncates error text: a proxy may return a body of any size. */
const MAX_MESSAGE_LENGTH = 1_000;

/** Errors of Secrets Manager that a retry does not help with. */
const SETUP_ERRORS: ReadonlySet<string> = new Set([
  'AccessDeniedException',
  'DecryptionFailure',
  'EncryptionFailure',
  'InvalidRequestException',
  'InvalidParameterException',
  'ValidationException',
  'ResourceNotFoundException',
]);

type Operation = 'GetSecretValue' | 'PutSecretValue';

/** Errors whose message may quote the request or the response, and so the login: rejected parameters, and broken JSON. */
const QUOTING = /Validation|InvalidParameter|Serialization|Signature|SyntaxError/;

/** Returns name and message of an error of Secrets Manager, without a message that may contain the login. */
export function describeSecretError(name: string, message: string): string {
  return QUOTING.test(name)
    ? `${name}: message withheld, as it may contain the login`
    : `${name}: ${message.slice(0, MAX_MESSAGE_LENGTH)}`;
}

function failureOf(error: unknown, location: LoginLocation, operation: Operation): RefresherError {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  const shown = describeSecretError(name, message);
  const remedy = remedyOf(name, message, location, operation);
  const text = `The secret ${location.secretArn} with the login to cluster "${location.clusterName}" cannot be ${operation === 'GetSecretValue' ? 'read' : 'written'} (${shown}). ${remedy}`;
  // Without its cause: the request may be part of it, and contains the login.
  return SETUP_ERRORS.has(name) ? new ClusterSetupError(text) : new ClusterUnreachableError(text);
}

function remedyOf(
  name: string,
  message: string,
  { clusterName, secretArn }: LoginLocation,
  operation: Operation,
): string {
  switch (name) {
    case 'ResourceNotFoundException':
      // Secrets Manager answers the same for a secret without a value. Its message names the staging label then.
      return message.includes('staging label')
        ? `It has no value yet. Run: ${connectCommand(clusterName)}`
        : `It does not exist: deploy the stack, then run: ${connectCommand(clusterName)}`;
    case 'AccessDeniedException':
      return `The policy of the refresher's role must allow secretsmanager:${operation} on it, and the policy of its KMS key its use; no service control policy or permissions boundary may deny it.`;
    case 'DecryptionFailure':
    case 'EncryptionFailure':
      return 'Enable the KMS key of the secret, and allow its use to the role of the refresher.';
    case 'InvalidRequestException':
      return `If it is scheduled for deletion, run: aws secretsmanager restore-secret --secret-id ${secretArn}`;
    default:
      return 'The next pass tries again; if the error persists, check that the function can reach Secrets Manager (in a VPC: through a NAT gateway or an interface endpoint for secretsmanager).';
  }
}
