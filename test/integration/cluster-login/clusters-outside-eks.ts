import { MovableClock } from '../../../local/clock.ts';
import { type EmbeddedCloud, startCloud } from '../../../local/cloud.ts';
import { assemblyOf } from '../../support/deployment/assembly-of.ts';
import { ACCOUNT, REGION } from '../../support/deployment/deployment.ts';

/** A login, by which the cluster of the test is called too. */
export type Login = 'serviceAccount' | 'clientCertificate' | 'awsIamAuthenticator' | 'kubeconfig';

/** The result of a pass that the tests look at. */
interface PassResult {
  readonly report: { readonly counts: Readonly<Record<string, number>>; readonly podsSeen: number };
}

/** Stacks of clusters outside EKS, one for each login, deployed to an embedded AWS. */
export interface DeployedLogins {
  readonly cloud: EmbeddedCloud;
  readonly clock: MovableClock;
  /** ARN of the secret with a login. */
  secretOf(login: Login): string;
  /** Invokes a function of a cluster. @throws {Error} the function's error */
  invoke(login: Login, fn: 'refresh' | 'sweep' | 'events', event?: object): Promise<PassResult>;
}

/** Deploys a stack for each login, all to the same API server. */
export async function deployLogins(
  { url, caPem }: { readonly url: string; readonly caPem: string },
  logins: readonly Login[],
  clock = new MovableClock(),
): Promise<DeployedLogins> {
  const address = { server: url, certificateAuthority: caPem };
  const assemblyDir = await assemblyOf(
    ...logins.map((login) => ({
      clusterName: login.toLowerCase(),
      assumableRoles: ['app-*'],
      kind: 'kubernetes',
      kubernetes: { ...(login === 'kubeconfig' ? {} : address), login },
    })),
  );
  const cloud = await startCloud({ assemblyDir, clock, account: ACCOUNT, region: REGION });
  cloud.sts.addRole({
    arn: `arn:aws:iam::${ACCOUNT}:role/app-orders`,
    trustPolicy: {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` },
          Action: 'sts:AssumeRole',
          Condition: { ArnLike: { 'aws:PrincipalArn': `arn:aws:iam::${ACCOUNT}:role/kube-*` } },
        },
      ],
    },
  });
  return {
    cloud,
    clock,
    secretOf: (login) =>
      `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:kube-aws-iam-${login.toLowerCase()}-login`,
    async invoke(login, fn, event = { pass: fn }) {
      const result = await cloud.functions.invoke(
        `kube-aws-iam-${login.toLowerCase()}-${fn}`,
        event,
      );
      if (result.kind === 'success') return result.payload as PassResult;
      throw new Error(JSON.stringify(result));
    },
  };
}

/** A pod that requests the credentials of `app-orders`. */
export const POD = {
  metadata: { name: 'web' },
  spec: {
    containers: [{ name: 'c', image: 'app' }],
    volumes: [{ name: 'v', secret: { secretName: 'aws-iam-app-orders' } }],
  },
};

/** A namespace that allows it. */
export const SHOP = {
  metadata: { name: 'shop', annotations: { 'iam.amazonaws.com/allowed-roles': '["app-*"]' } },
};
