// Deliberately not `contract/aws/role-arn.ts`: the embedded AWS applies AWS's rules on its own, so that a mistake in the
// product's rules shows up as a difference.

/** Where a resource is. */
export interface ArnScope {
  readonly partition: string;
  readonly region: string;
  readonly account: string;
}

/** The six parts of an Amazon Resource Name. */
interface Arn extends ArnScope {
  readonly service: string;
  /** Everything after the fifth colon, including colons. */
  readonly resource: string;
}

/** Returns the ARN of a regional resource. */
export function regionalArn(
  { partition, region, account }: ArnScope,
  service: string,
  resource: string,
): string {
  return `arn:${partition}:${service}:${region}:${account}:${resource}`;
}

/** Takes an ARN apart; undefined when the text is not an ARN. */
export function parseArn(text: string): Arn | undefined {
  const [prefix, partition, service, region, account, ...rest] = text.split(':');
  if (prefix !== 'arn' || !partition || !service || rest.length === 0) return undefined;
  return {
    partition,
    service,
    region: region ?? '',
    account: account ?? '',
    resource: rest.join(':'),
  };
}

/** The parts of an IAM role's ARN. */
export interface RoleArn {
  readonly partition: string;
  readonly account: string;
  /** The name without the path, as the ARNs of sessions contain it. */
  readonly name: string;
}

/** Takes a role's ARN apart; undefined when the text is not the ARN of a role. */
export function parseRoleArn(text: string): RoleArn | undefined {
  const arn = parseArn(text);
  if (arn?.service !== 'iam' || !/^\d{12}$/.test(arn.account)) return undefined;
  const name = /^role\/(?:[\x21-\x7e]+\/)?([\w+=,.@-]{1,64})$/.exec(arn.resource)?.[1];
  return name === undefined ? undefined : { partition: arn.partition, account: arn.account, name };
}

/** Returns the ARN of a role's session, which does not contain the role's path. */
export function sessionArn(role: RoleArn, sessionName: string): string {
  return `arn:${role.partition}:sts::${role.account}:assumed-role/${role.name}/${sessionName}`;
}

/** Takes a session's ARN apart; undefined when the text is not the ARN of a role's session. */
export function parseSessionArn(
  text: string,
): { readonly role: RoleArn; readonly sessionName: string } | undefined {
  const arn = parseArn(text);
  const [kind, name, sessionName, ...rest] = arn?.resource.split('/') ?? [];
  if (arn?.service !== 'sts' || kind !== 'assumed-role' || !name || !sessionName || rest.length) {
    return undefined;
  }
  return { role: { partition: arn.partition, account: arn.account, name }, sessionName };
}
