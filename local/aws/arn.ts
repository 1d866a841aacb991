/** The six parts of an Amazon Resource Name. */
export interface Arn {
  readonly partition: string;
  readonly service: string;
  readonly region: string;
  readonly account: string;
  /** Everything after the fifth colon, colons included. */
  readonly resource: string;
}

/** The parts of `text`, or nothing when it is no ARN. */
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

/** An IAM role's ARN, taken apart. */
export interface RoleArn {
  readonly partition: string;
  readonly account: string;
  /** The name without the path: what sessions carry. */
  readonly name: string;
}

/** The role that `text` names, or nothing when it is not the ARN of a role. */
export function parseRoleArn(text: string): RoleArn | undefined {
  const arn = parseArn(text);
  if (arn?.service !== 'iam' || !/^\d{12}$/.test(arn.account)) return undefined;
  const name = /^role\/(?:[\x21-\x7e]+\/)?([\w+=,.@-]{1,64})$/.exec(arn.resource)?.[1];
  return name === undefined ? undefined : { partition: arn.partition, account: arn.account, name };
}

/** The ARN by which AWS names a session of a role: the role's path is not part of it. */
export function sessionArn(role: RoleArn, sessionName: string): string {
  return `arn:${role.partition}:sts::${role.account}:assumed-role/${role.name}/${sessionName}`;
}

/** The role of a session's ARN, as an ARN without path, and the session's name; nothing when it is no such ARN. */
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
