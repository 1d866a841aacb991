import { SECRET_KEYS } from '../contract/secret.ts';
import { KubernetesApiError } from '../errors.ts';
import type { SecretContent } from './render-secret.ts';

/** Whoever quotes so much of a value, in characters, has it; who cuts what he quotes begins at the beginning. */
const QUOTED = 16;

/**
 * Waits for a write of a Secret. Where the cluster refuses it in words that quote what was to be written, as an admission
 * webhook of anybody's may, the error is in words that do not.
 *
 * @param data - what is being written, if it has values
 * @throws {KubernetesApiError} when the API refuses
 */
export async function withholdingValues<T>(
  writing: Promise<T>,
  data: SecretContent['data'] | undefined,
): Promise<T> {
  try {
    return await writing;
  } catch (error) {
    if (!(error instanceof KubernetesApiError) || !quotes(error.message, data)) throw error;
    const { status, reason } = error;
    throw new KubernetesApiError(
      status,
      reason,
      `the Kubernetes API answered ${status}${reason && ` ${reason}`}, in words that quote the Secret and are withheld: look for an admission webhook or policy that refuses Secrets`,
    );
  }
}

function quotes(message: string, data: SecretContent['data'] = {}): boolean {
  const json = data[SECRET_KEYS.json];
  const files = [data[SECRET_KEYS.credentials], json].filter((text) => text !== undefined);
  const values = [
    ...files.map((text) => Buffer.from(text).toString('base64')),
    ...(json === undefined ? [] : credentialsIn(json)),
  ];
  return values.some((value) => message.includes(value.slice(0, QUOTED)));
}

function credentialsIn(json: string): readonly string[] {
  const { AccessKeyId, SecretAccessKey, SessionToken } = JSON.parse(json);
  return [AccessKeyId, SecretAccessKey, SessionToken];
}
