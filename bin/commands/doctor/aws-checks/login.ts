import { errorMessageOf } from '../../../../contract/errors.ts';
import { formatInstant } from '../../../../contract/format-instant.ts';
import { loginSecretNameOf } from '../../../../infra/names.ts';
import { refresherSubject, rotatesLogin } from '../../../../infra/settings/cluster-login.ts';
import type { ClusterSettings } from '../../../../infra/settings/cluster-settings.ts';
import {
  isExpiringSoon,
  type LoginLife,
  loginLife,
} from '../../../../kubernetes/login/login-life.ts';
import { parseLoginKubeconfig } from '../../../../kubernetes/login/parse-kubeconfig.ts';
import type { StoredLogin } from '../../../../kubernetes/login/stored-login.ts';
import { describeSubject } from '../../../cluster/subject.ts';
import { type Check, type Finding, failed, ok, unreadable, warning } from '../check.ts';
import type { LoginSecret } from '../readers/aws-reader.ts';
import { commandFor, deployStack } from '../remedies.ts';
import { expectedRoles } from './expected-deployment.ts';

/** The functions have a login to the cluster, and it does not expire soon. */
export const loginCheck: Check = {
  id: 'login',
  title: 'login',
  requires: ['aws-identity'],
  async run(context) {
    const { aws, settings, now } = context;
    if (settings.kubernetes?.login === 'awsIamAuthenticator') {
      const { refresherRoleArn } = await expectedRoles(context);
      return ok(
        `aws-iam-authenticator must map ${refresherRoleArn} to ${describeSubject(refresherSubject(settings))}; that cannot be read, "refresh: check" tries it`,
      );
    }
    const name = loginSecretNameOf(settings.clusterName);
    const secret = await aws.loginSecret(name);
    if (secret.kind === 'absent') {
      return failed(`secret ${name} does not exist`, deployStack(settings));
    }
    if (secret.kind !== 'found') return unreadable(secret);
    if (!secret.value.hasValue) {
      return failed(
        `secret ${name} has no value, so the functions cannot log in to the cluster`,
        connectCommand(settings),
      );
    }
    const value = await aws.loginValue(name);
    if (value.kind === 'found') return judgeLogin(value.value, settings, now());
    if (value.kind === 'forbidden') {
      return ok(
        `${storedText(secret.value)}; its expiry is not read without the permission ${value.permission}`,
      );
    }
    return value.kind === 'absent'
      ? failed(`secret ${name} has no value`, connectCommand(settings))
      : unreadable(value);
  },
};

function storedText({ changedAt }: LoginSecret): string {
  return changedAt === undefined ? 'stored' : `stored at ${formatInstant(changedAt)}`;
}

/** Judges the stored kubeconfig. What it says never quotes a credential. */
export async function judgeLogin(
  kubeconfig: string,
  settings: ClusterSettings,
  now: Date,
): Promise<Finding> {
  const remedy = connectCommand(settings);
  let login: StoredLogin;
  try {
    login = await parseLoginKubeconfig(kubeconfig);
  } catch (error) {
    return failed(`the stored login cannot be used: ${errorMessageOf(error)}`, remedy);
  }
  const { user, address } = login;
  if (settings.kubernetes?.login === 'kubeconfig' && address === undefined) {
    return failed('the stored kubeconfig names no server', remedy);
  }
  const life = loginLife(user);
  const { expiresAt: expiry } = life;
  if (expiry === undefined) {
    return 'token' in user && user.mayLackExpiry
      ? ok('a token without expiry, as acknowledged')
      : failed('the stored token has no expiry, and nobody has acknowledged that', remedy);
  }
  const until = formatInstant(expiry);
  if (expiry <= now) return failed(`the login expired at ${until}`, remedy);
  return rotatesLogin(settings)
    ? judgeRotated(life, until, remedy, now)
    : judgeFixed(life, until, remedy, now);
}

function judgeRotated(life: LoginLife, until: string, remedy: string, now: Date): Finding {
  return isExpiringSoon(life, now)
    ? warning(`the token expires at ${until}, and the functions have not replaced it`, remedy)
    : ok(`a token until ${until}, which the functions replace`);
}

function judgeFixed(life: LoginLife, until: string, remedy: string, now: Date): Finding {
  return isExpiringSoon(life, now)
    ? warning(`the login expires at ${until}, and nothing replaces it`, remedy)
    : ok(`valid until ${until}`);
}

function connectCommand(settings: ClusterSettings): string {
  return `run: ${commandFor(settings, 'connect')}`;
}
