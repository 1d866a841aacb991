import { type Assembly, resourcesOf } from './assembly.ts';
import { AssemblyError } from './assembly-error.ts';

/** Returns the ARNs of the roles that only CDK functions run as. */
export function cdkOnlyRoleArns(assembly: Assembly): ReadonlySet<string> {
  const productRoles = new Set(
    resourcesOf(assembly, 'lambda-function').map(({ roleArn }) => roleArn),
  );
  const cdkRoles = resourcesOf(assembly, 'cdk-function').map(({ roleArn }) => roleArn);
  return new Set(cdkRoles.filter((arn) => !productRoles.has(arn)));
}

/**
 * Checks that what the embedded cloud does not run is the CDK's.
 *
 * @throws AssemblyError for a chart that no CDK function installs, and for an access entry that grants access policies,
 * which the embedded cluster does not evaluate, to a role of the product
 */
export function checkCdkFunctions(assembly: Assembly): void {
  const functionArns = resourcesOf(assembly, 'cdk-function').map(({ arn }) => arn);
  for (const { release, serviceToken } of resourcesOf(assembly, 'helm-chart')) {
    if (functionArns.includes(serviceToken)) continue;
    throw new AssemblyError(
      `chart ${release} is installed by ${serviceToken}, which is not a CDK function of the assembly`,
    );
  }
  const roleArns = cdkOnlyRoleArns(assembly);
  for (const { principalArn, accessPolicyArns } of resourcesOf(assembly, 'access-entry')) {
    if (accessPolicyArns.length === 0 || roleArns.has(principalArn)) continue;
    throw new AssemblyError(
      `access entry for ${principalArn}: access policies are not supported; use Kubernetes groups instead`,
    );
  }
}
