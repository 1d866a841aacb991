import { Validations } from 'aws-cdk-lib';
import { CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { loginSecretNameOf } from '../names.ts';

interface LoginSecretProps {
  readonly clusterName: string;
}

/**
 * The secret with which the functions log in to a cluster that is not on EKS. The stack creates it without a value, so that no
 * template contains a credential: `kube-aws-iam connect` stores it. It is deleted with the stack, and the login with it.
 */
export class LoginSecret extends Construct {
  readonly secretArn: string;

  constructor(scope: Construct, id: string, { clusterName }: LoginSecretProps) {
    super(scope, id);
    // The L2 construct would generate a value.
    const secret = new CfnSecret(this, 'Resource', {
      name: loginSecretNameOf(clusterName),
      description: `Login of kube-aws-iam to the cluster ${clusterName}: a kubeconfig, stored by "kube-aws-iam connect"`,
    });
    Validations.of(secret).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason:
        'The refresher replaces a token of its ServiceAccount itself. An alarm reports any other login 14 days before it expires.',
    });
    this.secretArn = secret.ref;
  }
}
