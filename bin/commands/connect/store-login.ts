import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { describeSecretError } from '../../../kubernetes/login/login-secret.ts';
import type { AwsAccess } from '../../aws/assumed-role.ts';
import { awsClientConfig } from '../../aws/aws-client-config.ts';

/** In milliseconds. */
const TIMEOUTS = { connectionTimeout: 5_000, requestTimeout: 20_000 };

/** The part of `SecretsManagerClient` that {@link storeLogin} uses. */
export interface SecretWriter {
  send(command: PutSecretValueCommand): Promise<unknown>;
}

/** Creates a client of Secrets Manager with the caller's credentials. */
export function createSecretWriter(region: string, access: AwsAccess): SecretWriter {
  return new SecretsManagerClient(awsClientConfig(region, TIMEOUTS, access));
}

/**
 * Stores a login in the secret that the stack created.
 *
 * @param secretArn - with or without the suffix that Secrets Manager adds
 * @throws an error that names the secret, the cause and the remedy, and no part of the value
 */
export async function storeLogin(
  secrets: SecretWriter,
  secretArn: string,
  value: string,
): Promise<void> {
  try {
    await secrets.send(new PutSecretValueCommand({ SecretId: secretArn, SecretString: value }));
  } catch (cause) {
    const { name, message } = cause instanceof Error ? cause : new Error(String(cause));
    throw new Error(describeFailure(secretArn, name, message), { cause });
  }
}

function describeFailure(secretArn: string, error: string, message: string): string {
  switch (error) {
    case 'ResourceNotFoundException':
      return `secret ${secretArn} does not exist: deploy the stack (npx cdk deploy), or correct cluster name, region or account (AWS_PROFILE)`;
    case 'AccessDeniedException':
      return `missing permission secretsmanager:PutSecretValue on ${secretArn}: request it, or log in to the account of the cluster (${message})`;
    case 'InvalidRequestException':
      return `secret ${secretArn} cannot be written (${message}): if it is scheduled for deletion, run: aws secretsmanager restore-secret --secret-id ${secretArn}`;
    default:
      return `secretsmanager:PutSecretValue failed for ${secretArn} (${describeSecretError(error, message)}): log in to AWS, and check AWS_PROFILE and the region`;
  }
}
