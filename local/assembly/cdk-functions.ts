import { type Assembly, resourcesOf } from './assembly.ts';
import { AssemblyError } from './assembly-error.ts';

/** The ARNs of the roles that only functions of CDK's own run as. */
export function cdkOnlyRoleArns(assembly: Assembly): ReadonlySet<string> {
  const own = new Set(resourcesOf(assembly, 'lambda-function').map(({ roleArn }) => roleArn));
  const foreign = resourcesOf(assembly, 'foreign-function').map(({ roleArn }) => roleArn);
  return new Set(foreign.filter((arn) => !own.has(arn)));
}

/**
 * Checks that what is not run here is CDK's own.
 * @throws AssemblyError for a chart that none of CDK's functions installs, and for an access entry that gives rights, which
 * nobody here would have, to a role of the product.
 */
export function checkCdkFunctions(assembly: Assembly): void {
  const foreignArns = resourcesOf(assembly, 'foreign-function').map(({ arn }) => arn);
  for (const { release, serviceToken } of resourcesOf(assembly, 'helm-chart')) {
    if (foreignArns.includes(serviceToken)) continue;
    throw new AssemblyError(`chart ${release} is to be installed by ${serviceToken}, not there`);
  }
  const roleArns = cdkOnlyRoleArns(assembly);
  for (const { principalArn, accessPolicyArns } of resourcesOf(assembly, 'access-entry')) {
    if (accessPolicyArns.length === 0 || roleArns.has(principalArn)) continue;
    throw new AssemblyError(
      `access entry for ${principalArn}: access policies are not evaluated here; name Kubernetes groups instead`,
    );
  }
}
