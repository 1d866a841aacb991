import { ArnFormat, Stack } from 'aws-cdk-lib';
import { AccountPrincipal, PolicyDocument, PolicyStatement, Role } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { namespaceSessionName } from '../../contract/aws/session-name.ts';
import { PRODUCT_NAMESPACE } from '../../contract/forwarder.ts';
import { EVENT_DETAIL_TYPE, EVENT_SOURCE } from '../../contract/pod-event.ts';
import { eventBusNameOf, forwarderRoleName } from '../names.ts';

interface ForwarderRoleProps {
  readonly clusterName: string;
  /** The only role that can assume it. */
  readonly refresherRoleArn: string;
}

/**
 * The role of the forwarder, which uses it as any pod does, by a Secret that the refresher creates. It can put pod events
 * on the event bus and nothing else. Its trust policy requires the session name of the product's namespace, which the
 * refresher uses whatever the setting `sessionName` is.
 */
export class ForwarderRole extends Construct {
  readonly role: Role;

  constructor(scope: Construct, id: string, { clusterName, refresherRoleArn }: ForwarderRoleProps) {
    super(scope, id);
    const stack = Stack.of(this);
    this.role = new Role(this, 'Role', {
      roleName: forwarderRoleName(stack.region, clusterName),
      description: `Allows the forwarder in the cluster ${clusterName} to announce pods that wait for credentials`,
      assumedBy: new AccountPrincipal(stack.account).withConditions({
        ArnEquals: { 'aws:PrincipalArn': refresherRoleArn },
        StringEquals: {
          'sts:RoleSessionName': namespaceSessionName(PRODUCT_NAMESPACE, clusterName),
        },
      }),
      inlinePolicies: {
        forwarder: new PolicyDocument({ statements: [announcePods(stack, clusterName)] }),
      },
    });
  }
}

function announcePods(stack: Stack, clusterName: string): PolicyStatement {
  return new PolicyStatement({
    sid: 'AnnouncePods',
    actions: ['events:PutEvents'],
    resources: [
      // Derived from the name: the bus policy and this role refer to each other.
      stack.formatArn({
        service: 'events',
        resource: 'event-bus',
        resourceName: eventBusNameOf(clusterName),
        arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
      }),
    ],
    // Both keys are multivalued: they hold the values of all entries of a request. ForAllValues also holds for an absent
    // key, which Null excludes (IAM user guide, "Set operators for multivalued context keys").
    conditions: {
      'ForAllValues:StringEquals': {
        'events:source': EVENT_SOURCE,
        'events:detail-type': EVENT_DETAIL_TYPE,
      },
      Null: { 'events:source': 'false', 'events:detail-type': 'false' },
    },
  });
}
