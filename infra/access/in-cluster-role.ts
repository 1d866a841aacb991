import { Stack } from 'aws-cdk-lib';
import {
  AccountPrincipal,
  FederatedPrincipal,
  type IPrincipal,
  PolicyDocument,
  PolicyStatement,
  Role,
} from 'aws-cdk-lib/aws-iam';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { providerArn, providerName, TOKEN_AUDIENCE } from '../../contract/aws/oidc-provider.ts';
import { namespaceSessionName } from '../../contract/aws/session-name.ts';
import { PRODUCT_NAMESPACE } from '../../contract/forwarder.ts';
import { REFRESHER_SERVICE_ACCOUNT } from '../../contract/kubernetes/cluster-access.ts';
import { acknowledgeWildcards } from '../nag-acknowledgements.ts';
import { refresherRoleName } from '../names.ts';
import type { ClusterSettings } from '../settings/cluster-settings.ts';
import type { ClusterRoles } from './cluster-roles.ts';
import { assumeRoleStatements } from './refresher-role.ts';

interface InClusterRoleProps {
  readonly settings: ClusterSettings;
  readonly roles: ClusterRoles;
  /** The only log group that the role can write to. */
  readonly logGroup: ILogGroup;
}

/**
 * The IAM role of a refresher that runs in the cluster. It has the name of the role of the functions, so that the trust policies
 * of pods' roles are the same, but Lambda cannot assume it.
 *
 * - With credentials in a Secret, the role assumes itself to renew them. The first ones are issued to whoever runs
 *   `kube-aws-iam seed`: a principal of the account whose own policy allows it. Roles of other refreshers cannot, whatever
 *   their policies allow. Both need the session name of the product's namespace.
 * - With an OIDC issuer, tokens of the pod's ServiceAccount assume it, which the AWS SDK renews from a file.
 */
export class InClusterRole extends Construct {
  readonly role: Role;

  constructor(scope: Construct, id: string, { settings, roles, logGroup }: InClusterRoleProps) {
    super(scope, id);
    const { clusterName } = settings;
    this.role = new Role(this, 'Role', {
      roleName: refresherRoleName(Stack.of(this).region, clusterName),
      description: `Issues AWS credentials to pods of the cluster ${clusterName}, in which the refresher runs`,
      assumedBy: this.principal(settings, roles),
      inlinePolicies: {
        refresher: new PolicyDocument({
          statements: [
            ...assumeRoleStatements(settings, roles),
            new PolicyStatement({
              sid: 'WriteLogs',
              actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
              resources: [logGroup.logGroupArn],
            }),
          ],
        }),
      },
    });
    if (settings.sessions.source === 'role') this.allowSeed(settings);
    acknowledgeWildcards(
      this.role,
      settings.assumeRole === undefined ? roles.assumableRoles : [],
      'The setting assumableRoles is a list of patterns. A pattern that matches every role is rejected, and each role must also trust the refresher.',
    );
  }

  private principal({ clusterName, sessions }: ClusterSettings, roles: ClusterRoles): IPrincipal {
    const { account, partition } = Stack.of(this);
    const { issuer } = sessions;
    if (issuer === undefined) {
      return new AccountPrincipal(account).withConditions({
        ArnEquals: { 'aws:PrincipalArn': roles.refresherRoleArn },
        ...sessionOf(clusterName),
      });
    }
    const provider = providerName(issuer);
    return new FederatedPrincipal(
      providerArn(partition, account, issuer),
      {
        StringEquals: {
          [`${provider}:sub`]: `system:serviceaccount:${PRODUCT_NAMESPACE}:${REFRESHER_SERVICE_ACCOUNT}`,
          [`${provider}:aud`]: TOKEN_AUDIENCE,
          ...sessionOf(clusterName).StringEquals,
        },
      },
      'sts:AssumeRoleWithWebIdentity',
    );
  }

  private allowSeed({ clusterName }: ClusterSettings): void {
    const { account, partition } = Stack.of(this);
    this.role.assumeRolePolicy?.addStatements(
      new PolicyStatement({
        sid: 'Seed',
        actions: ['sts:AssumeRole'],
        principals: [new AccountPrincipal(account)],
        conditions: {
          ArnNotLike: {
            'aws:PrincipalArn': `arn:${partition}:iam::${account}:role/kube-aws-iam-*`,
          },
          ...sessionOf(clusterName),
        },
      }),
    );
  }
}

function sessionOf(clusterName: string) {
  const name = namespaceSessionName(PRODUCT_NAMESPACE, clusterName);
  return { StringEquals: { 'sts:RoleSessionName': name } };
}
