import { Stack } from 'aws-cdk-lib';
import { AccountPrincipal, PolicyDocument, PolicyStatement, Role } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { PRODUCT_NAMESPACE } from '../../contract/forwarder.ts';
import { EVENT_DETAIL_TYPE, EVENT_SOURCE } from '../../contract/pod-event.ts';
import { namespaceSessionName } from '../../contract/session-name.ts';

export interface ForwarderRoleProps {
  readonly clusterName: string;
  /** Full name of the role; it is also the end of a Secret's name. */
  readonly roleName: string;
  /** The role that opens its sessions. */
  readonly refresherRoleArn: string;
  /** The bus that it writes to. */
  readonly eventBusArn: string;
}

/**
 * The role of the forwarder, which has it as any pod has its role: by a Secret that the refresher makes. It may put pod
 * events on the bus and nothing else, and only a session for the product's namespace may be opened. The refresher opens it
 * in this way whatever the settings of sessions are.
 */
export class ForwarderRole extends Construct {
  readonly role: Role;

  constructor(scope: Construct, id: string, props: ForwarderRoleProps) {
    super(scope, id);
    this.role = new Role(this, 'Role', {
      roleName: props.roleName,
      description: `Lets the forwarder in the EKS cluster ${props.clusterName} announce pods that wait for credentials`,
      assumedBy: new AccountPrincipal(Stack.of(this).account).withConditions({
        ArnEquals: { 'aws:PrincipalArn': props.refresherRoleArn },
        StringEquals: {
          'sts:RoleSessionName': namespaceSessionName(PRODUCT_NAMESPACE, props.clusterName),
        },
      }),
      inlinePolicies: {
        forwarder: new PolicyDocument({
          statements: [
            new PolicyStatement({
              sid: 'AnnouncePods',
              actions: ['events:PutEvents'],
              resources: [props.eventBusArn],
              conditions: {
                StringEquals: {
                  'events:source': EVENT_SOURCE,
                  'events:detail-type': EVENT_DETAIL_TYPE,
                },
              },
            }),
          ],
        }),
      },
    });
  }
}
