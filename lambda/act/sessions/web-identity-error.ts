import { STSServiceException } from '@aws-sdk/client-sts';
import { providerArn, TOKEN_AUDIENCE } from '../../../contract/aws/oidc-provider.ts';
import { parseRoleArn } from '../../../contract/aws/role-arn.ts';
import { sanitizeName } from '../../../contract/sanitize-name.ts';
import {
  AssumeRoleError,
  IdentityTokenError,
  MAX_MESSAGE_LENGTH,
  SessionTooLongError,
  toAssumeRoleError,
} from './assume-role-error.ts';
import type { DenialContext } from './denial-remedy.ts';
import type { WebIdentityToken } from './web-identity-token.ts';

/** A call of AssumeRoleWithWebIdentity that failed. */
interface FailedCall {
  readonly roleArn: string;
  readonly denial: DenialContext;
  readonly token: WebIdentityToken;
}

/** Maximum length of the URL of an OIDC provider (IAM, CreateOpenIDConnectProvider). */
const MAX_ISSUER_LENGTH = 255;

/** How STS rejects a duration, as a ValidationError. */
const TOO_LONG = /DurationSeconds exceeds the MaxSessionDuration/;

/**
 * Converts an error of AssumeRoleWithWebIdentity, with the command that helps. The OIDC provider belongs to the account of the
 * role, so that one account may lack what others have.
 */
export function toWebIdentityError(error: unknown, call: FailedCall): AssumeRoleError {
  const { roleArn, denial, token } = call;
  // Without the original error, which may quote the token, as STS does in an error about a parameter.
  if (!(error instanceof STSServiceException)) return toAssumeRoleError(error, roleArn, denial);
  const text = error.message.slice(0, MAX_MESSAGE_LENGTH);
  if (token.token.split('.').some((part) => error.message.includes(part.slice(0, 16)))) {
    return new AssumeRoleError(
      'sts-refused',
      `STS rejected the request for ${roleArn}: ${error.name} (message withheld: it contains the token)`,
    );
  }
  if (TOO_LONG.test(text)) return new SessionTooLongError('sts-refused', text);
  const failed = `the identity of the cluster cannot open a session of ${roleArn}: ${text}`;
  switch (error.name) {
    case 'InvalidIdentityTokenException':
    case 'InvalidIdentityToken':
    case 'IDPRejectedClaimException':
    case 'IDPRejectedClaim':
      return new IdentityTokenError(
        'identity-provider-refused',
        `${failed}. ${providerRemedy(text, call)}`,
      );
    case 'ExpiredTokenException':
      return new IdentityTokenError(
        'sts-failed',
        `${failed}. The clocks of the API server and of STS differ, if this lasts: synchronize that of the control plane`,
      );
    case 'IDPCommunicationErrorException':
    case 'IDPCommunicationError':
      return new AssumeRoleError('sts-failed', `${failed}. ${reachabilityRemedy(token.issuer)}`);
    default:
      return toAssumeRoleError(error, roleArn, denial);
  }
}

/** Says what to do about the OIDC provider in the account of the role. */
function providerRemedy(text: string, { roleArn, token }: FailedCall): string {
  const { partition = 'aws', account = 'ACCOUNT' } = parseRoleArn(roleArn) ?? {};
  const issuer = sanitizeName(token.issuer, MAX_ISSUER_LENGTH);
  const arn = providerArn(partition, account, issuer);
  const provider = `--open-id-connect-provider-arn ${arn}`;
  if (/No OpenIDConnect provider found/i.test(text)) {
    return `Register the issuer of the cluster in account ${account}: aws iam create-open-id-connect-provider --url ${issuer} --client-id-list ${TOKEN_AUDIENCE}`;
  }
  if (/audience/i.test(text)) {
    return `Add the audience to the provider in account ${account}: aws iam add-client-id-to-open-id-connect-provider ${provider} --client-id ${TOKEN_AUDIENCE}`;
  }
  if (/thumbprint|certificate/i.test(text)) {
    return `The certificate of the issuer has changed. Update its thumbprint in account ${account}: aws iam update-open-id-connect-provider-thumbprint ${provider} --thumbprint-list THUMBPRINT`;
  }
  if (/verification key|retrieve|signature/i.test(text)) return reachabilityRemedy(issuer);
  return `Compare the provider in account ${account} with the issuer of the cluster: aws iam get-open-id-connect-provider ${provider}; kubectl get --raw /.well-known/openid-configuration`;
}

function reachabilityRemedy(issuer: string): string {
  const url = sanitizeName(issuer, MAX_ISSUER_LENGTH).replace(/\/$/, '');
  return `STS must be able to read the keys of the API server over the internet: curl ${url}/.well-known/openid-configuration, and what its jwks_uri names`;
}
