import { STSServiceException } from '@aws-sdk/client-sts';

/** An error as the SDK creates it from an error response of STS. */
export function stsError(name: string, message: string): STSServiceException {
  return new STSServiceException({ name, message, $fault: 'client', $metadata: {} });
}
