import type { Failure } from '../trouble.ts';

const MAY_NOT = new Set([
  'AccessDeniedException',
  'NotAuthorizedForSourceException',
  'NotAuthorizedForDetailTypeException',
]);
const NO_CREDENTIALS = new Set([
  'CredentialsProviderError',
  'ExpiredTokenException',
  'UnrecognizedClientException',
  'InvalidClientTokenId',
]);

/** What a failed PutEvents means, for the log: which trouble it is and what a person can do. */
export function sendFailure(error: unknown): Failure {
  const name = error instanceof Error ? error.name : 'unknown';
  return {
    reason: name,
    error: error instanceof Error ? error.message : String(error),
    remedy: remedyFor(name),
  };
}

function remedyFor(name: string): string {
  if (MAY_NOT.has(name)) {
    return "let the forwarder's role put events to the bus: the stack's policies for role and bus do";
  }
  if (NO_CREDENTIALS.has(name)) {
    return 'check the Secret that is mounted as the AWS credentials file, or what stands in its place; the refresher makes it within a minute';
  }
  if (name === 'ResourceNotFoundException')
    return 'check that the event bus of the stack exists in this region';
  return 'none needed unless it lasts: the tick makes up for what is lost';
}
