import { dumpYaml } from '@kubernetes/client-node';
import { formatInstant } from '../../../contract/format-instant.ts';
import { isExpiringSoon, type LoginLife } from '../../../kubernetes/login/login-life.ts';
import type { Terminal } from '../../../tools/terminal/terminal.ts';
import { describeSubject } from '../../cluster/subject.ts';
import { suggestCommand, type TargetOptions } from '../../cluster/suggested-command.ts';
import type { AuthenticatorMapping } from './authenticator-mapping.ts';
import type { TargetLogin } from './read-required-login.ts';
import type { VerifiedLogin } from './verify-login.ts';

/** A stored login, as `--output json` prints it. It contains no credential. */
export interface LoginReport extends VerifiedLogin {
  readonly cluster: string;
  readonly account: string;
  readonly region: string;
  readonly login: TargetLogin['login'];
  readonly server: string;
  readonly secretArn: string;
  /** Absent for a token without expiry. */
  readonly expiresAt?: string;
  /** Whether the alarm for a login that expires fires already. */
  readonly isExpiringSoon: boolean;
}

/** Returns what follows from a stored login, one line each. */
function consequencesOf(
  { login, expiresAt, isExpiringSoon }: LoginReport,
  requestedHours: number | undefined,
  now: Date,
): readonly string[] {
  if (expiresAt === undefined) {
    return [
      'The token does not expire, as you acknowledged: nothing rotates it, and whoever gets hold of it can use it until you delete it.',
    ];
  }
  if (login === 'serviceAccount') {
    const seconds = (new Date(expiresAt).getTime() - now.getTime()) / 1_000;
    const isShortened = requestedHours !== undefined && seconds < requestedHours * 3_600 - 60;
    return [
      ...(isShortened
        ? [`The API server issued it for less than the requested ${requestedHours} hours.`]
        : []),
      'The functions replace it at half of its life, unless they are paused or cannot run until it expires.',
    ];
  }
  return [
    'Nothing rotates it: run connect again before it expires.',
    ...(isExpiringSoon ? ['That is soon, so the alarm for a login that expires fires now.'] : []),
  ];
}

/** Prints a stored login, and what is next. */
export function printStored(
  terminal: Terminal,
  report: LoginReport,
  requestedHours: number | undefined,
  target: TargetOptions,
): void {
  const { username, server, serverVersion, secretArn, expiresAt } = report;
  const until = expiresAt === undefined ? 'without expiry' : `until ${expiresAt}`;
  terminal.line(`${server} (${serverVersion}) accepts the login as ${username}, ${until}`);
  terminal.line({ text: `stored in secret ${secretArn}`, style: 'green' });
  for (const line of consequencesOf(report, requestedHours, new Date())) terminal.line(line);
  terminal.line(
    'The functions use it from their next pass on, within a minute. A login stored before stays valid until it expires.',
  );
  terminal.line(`To verify: ${suggestCommand({ name: 'doctor' }, target)}`);
}

/** Prints the mapping of aws-iam-authenticator as YAML. */
export function printMapping(
  terminal: Terminal,
  { mapRoles, iamIdentityMapping }: AuthenticatorMapping,
  { subject }: TargetLogin,
  target: TargetOptions,
): void {
  terminal.note(
    `Nothing is stored: the functions log in with tokens of their role. aws-iam-authenticator in the cluster must map that role to ${describeSubject(subject)}, to which the chart grants permissions. Add one of these:`,
  );
  const yaml = [
    '# In the configuration file of aws-iam-authenticator (ConfigMap kube-system/aws-iam-authenticator):',
    ...dumpYaml({ server: { mapRoles: [mapRoles] } })
      .trimEnd()
      .split('\n'),
    '---',
    '# With --backend-mode=CRD, apply this:',
    ...dumpYaml(iamIdentityMapping).trimEnd().split('\n'),
  ];
  for (const line of yaml) terminal.line(line);
  terminal.note(`To verify: ${suggestCommand({ name: 'doctor' }, target)}`);
}

/** Returns the report of a stored login. */
export function loginReport(
  { clusterName: cluster, account, region, login, secretArn }: TargetLogin,
  verified: VerifiedLogin,
  server: string,
  life: LoginLife,
  now: Date,
): LoginReport {
  const { expiresAt } = life;
  return {
    ...{ cluster, account, region, login, server, secretArn },
    ...verified,
    isExpiringSoon: isExpiringSoon(life, now),
    ...(expiresAt === undefined ? {} : { expiresAt: formatInstant(expiresAt) }),
  };
}
