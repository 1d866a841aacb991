import { STSServiceException } from '@aws-sdk/client-sts';

/** An error as the SDK makes it of a refusal by STS. */
export function stsError(name: string, message: string): STSServiceException {
  return new STSServiceException({ name, message, $fault: 'client', $metadata: {} });
}
