import { sanitizeName } from '../../../../contract/sanitize-name.ts';
import { type Check, type Finding, failed, notChecked, ok, unreadable } from '../check.ts';
import { ISSUER } from './same-cluster.ts';

const MAX_ISSUER_LENGTH = 255;

/** The cluster issues tokens of the issuer that the setting names, and with it trust policies and accounts. */
export const issuerCheck: Check = {
  id: 'issuer',
  title: 'OIDC issuer',
  requires: ['cluster'],
  after: ['right-cluster', 'chart-cluster'],
  async run({ cluster, settings }) {
    const result = await cluster.read(ISSUER);
    if (result.kind === 'absent') return notChecked('the API server does not publish its issuer');
    if (result.kind !== 'found') return unreadable(result);
    return judgeIssuer(result.value, settings.sessions);
  },
};

/** Compares the issuer of the API server with the setting. */
export function judgeIssuer(
  actual: string,
  { issuer = '', hours }: { readonly issuer?: string | undefined; readonly hours: number },
): Finding {
  if (actual === issuer) {
    return ok(`${issuer} opens sessions of ${hours === 1 ? 'an hour' : `${hours} hours`}`);
  }
  const shown = sanitizeName(actual, MAX_ISSUER_LENGTH);
  return failed(
    `the API server issues tokens of ${shown}, and the setting sessions.issuer is ${issuer}: STS accepts no token`,
    `set sessions.issuer to ${shown}, register it in each account, change the trust policies (kube-aws-iam trust-policy prints both), and deploy`,
  );
}
