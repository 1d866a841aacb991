/** A call to Lambda. */
export interface LambdaCall<T> {
  readonly functionName: string;
  /** What the caller needs for it, e.g. `lambda:InvokeFunction`. */
  readonly permission: string;
  readonly send: () => Promise<T>;
}

/**
 * Makes a call to Lambda.
 *
 * @throws an error that names function, cause and remedy
 */
export async function askLambda<T>(call: LambdaCall<T>): Promise<T> {
  try {
    return await call.send();
  } catch (cause) {
    const { name, message } = cause instanceof Error ? cause : new Error(String(cause));
    throw new Error(explain(call, name, message), { cause });
  }
}

function explain(
  { functionName, permission }: LambdaCall<unknown>,
  name: string,
  message: string,
): string {
  switch (name) {
    case 'AccessDeniedException':
      return `you may not ${permission} on function ${functionName}: ask for that right (${message})`;
    case 'ResourceNotFoundException':
      return `there is no function ${functionName} in this account and region: correct the name of the cluster, the region or the account (AWS_PROFILE), or deploy the stack`;
    case 'TooManyRequestsException':
      return `function ${functionName} takes no invocation (${message}): it is paused (kube-aws-iam resume), or the concurrency of the account is used up`;
    default:
      return `Lambda did not answer ${permission} for function ${functionName} (${name}: ${message}): log in to AWS, and look at AWS_PROFILE and the region`;
  }
}
