import { STSClient } from '@aws-sdk/client-sts';
import fc from 'fast-check';
import { eksToken, regionalStsHost } from '../../kubernetes/eks/eks-token.ts';

/** A Region of each AWS partition. */
export const REGION_OF_PARTITION = {
  aws: 'eu-central-1',
  'aws-cn': 'cn-north-1',
  'aws-us-gov': 'us-gov-west-1',
  'aws-eusc': 'eusc-de-east-1',
  'aws-iso': 'us-iso-east-1',
  'aws-iso-b': 'us-isob-east-1',
  'aws-iso-e': 'eu-isoe-west-1',
  'aws-iso-f': 'us-isof-south-1',
} as const;
export type Partition = keyof typeof REGION_OF_PARTITION;
export const PARTITIONS = Object.keys(REGION_OF_PARTITION) as Partition[];

/** A session of the refresher's role, as the stub of STS knows it. */
export interface StsSession {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly arn: string;
  readonly account: string;
  readonly userId: string;
}

/** What to verify; without a token, what aws-iam-authenticator creates a token for. */
export interface TokenQuestion {
  readonly token?: string;
  readonly clusterName: string;
  readonly partition: Partition;
  readonly region: string;
  readonly session: StsSession;
}

/** What aws-iam-authenticator read from a token. */
export interface Identity {
  readonly ARN: string;
  readonly CanonicalARN: string;
  readonly AccountID: string;
  readonly UserID: string;
  readonly SessionName: string;
  readonly AccessKeyID: string;
  readonly STSEndpoint: string;
}

export interface TokenAnswer {
  readonly identity?: Identity;
  readonly token?: string;
  readonly error?: string;
}

export const CLUSTER_NAME = 'blue';
export const ACCOUNT = '123456789012';

export const sessionOf = (partition: Partition, sessionToken: string): StsSession => ({
  accessKeyId: 'ASIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  sessionToken,
  arn: `arn:${partition}:sts::${ACCOUNT}:assumed-role/refresher/refresh`,
  account: ACCOUNT,
  userId: 'AROAEXAMPLE:refresh',
});

/** A session token of a length, with the characters that base64 has and URLs have not. */
export const sessionTokenOf = (length: number) =>
  'IQoJb3JpZ2luX2VjEHcaCXVzLWVhc3QtMSJ/+='.repeat(length).slice(0, length);

/** Returns the token that the product creates for a session. */
export async function productToken(
  session: StsSession,
  region: string,
  options: { readonly clusterName?: string; readonly stsHost?: string; readonly now?: Date } = {},
): Promise<string> {
  const token = eksToken({
    clusterName: CLUSTER_NAME,
    region,
    stsHost: regionalStsHost(new STSClient({ region }), region),
    credentials: async () => session,
    ...options,
    now: () => options.now ?? new Date(),
  });
  return (await token.get()).value;
}

const PREFIX = 'k8s-aws-v1.';
export const urlIn = (token: string) =>
  Buffer.from(token.slice(PREFIX.length), 'base64url').toString();
export const tokenOf = (url: string) => `${PREFIX}${Buffer.from(url).toString('base64url')}`;

const ALL_DOMAINS = [
  ...['amazonaws.com', 'api.aws', 'amazonaws.com.cn', 'api.amazonwebservices.com.cn'],
  ...['c2s.ic.gov', 'api.aws.ic.gov', 'sc2s.sgov.gov', 'cloud.adc-e.uk', 'csp.hci.ic.gov'],
  ...['amazonaws.eu', 'api.amazonwebservices.eu', 'example.com', 'amazonaws.com.example.com'],
];

const host = fc.oneof(
  fc
    .tuple(
      fc.constantFrom('sts', 'sts', 'sts-fips', 'ec2', ''),
      fc.constantFrom(...Object.values(REGION_OF_PARTITION), 'not-a-region', 'xx', '-x', 'a_b'),
      fc.constantFrom(...ALL_DOMAINS),
    )
    .map((labels) => labels.join('.')),
  fc.constantFrom('sts.amazonaws.com', 'sts.amazonaws.com.cn', 'sts-fips.amazonaws.com', 'sts'),
  fc.constantFrom(
    ...['sts.eu-central-1.amazonaws.com:443', 'STS.eu-central-1.amazonaws.com', ''],
    ...['x@sts.eu-central-1.amazonaws.com', 'sts.eu-central-1.amazonaws.com.', '[::1]'],
  ),
);

/** Text that is added to a URL. */
const suffix = fc.constantFrom(
  ...['&X-Amz-User-Agent=x', '&version=x', '&Version=2011-06-15', '&action=GetCallerIdentity'],
  ...['&', '&x', '&%zz=1', '&a;b=1', '&=', '#x', '&x-amz-security-token=x', '&Action', '?'],
);

/** Values that a parameter gets, percent-encoded. */
const VALUES: readonly (readonly [parameter: string, values: readonly string[]])[] = [
  ['Action', ['AssumeRole', 'getcalleridentity', '', 'GetCallerIdentity%20']],
  ['X-Amz-Expires', ['0', '900', '901', '-1', '-0', '%2B5', '+5', '060', '1e2', '6_0', '', 'x']],
  [
    'X-Amz-Date',
    [
      ...['20261123', '', '20261340T000000Z', '20200230T000000Z', '20200101T000000Z'],
      ...['20300230T000000Z', '20300101T240000Z', '20300101T000060Z', '20300101T000000'],
    ],
  ],
  [
    'X-Amz-SignedHeaders',
    ['host', 'host%3BX-K8S-AWS-ID', 'x-k8s-aws-id', 'host;x-k8s-aws-id', 'host%3Bx-k8s-aws-id2'],
  ],
  ['X-Amz-Credential', ['', 'x', 'ASIAIOSFODNN7EXAMPLE']],
  ['X-Amz-Signature', ['', 'x']],
  ['Version', ['', '2012-01-01']],
];
const parameterChange = fc
  .constantFrom(
    ...VALUES.flatMap(([name, values]) => values.map((value) => [name, value] as const)),
  )
  .map(
    ([name, value]) =>
      (url: string) =>
        setParameter(url, name, value),
  );
const parameterRemoval = fc
  .constantFrom(...VALUES.map(([name]) => name), 'X-Amz-Algorithm', 'X-Amz-Security-Token')
  .map((name) => (url: string) => url.replace(new RegExp(`(?<=[?&])${name}=[^&]*&?`), ''));

type TextChange = (text: string) => string;

/** A change of the URL in a token, which may leave it valid. */
const urlChange: fc.Arbitrary<TextChange> = fc.oneof(
  host.map(
    (name): TextChange =>
      (url) =>
        url.replace(/(?<=:\/\/)[^/]*/, name),
  ),
  fc.constantFrom('http', 'HTTPS', '', 'file').map(
    (scheme): TextChange =>
      (url) =>
        url.replace(/^\w+(?=:)/, scheme),
  ),
  fc.constantFrom('?', '/x?', '//?', '/.?', '/%2e?', '/#?').map(
    (path): TextChange =>
      (url) =>
        url.replace('/?', path),
  ),
  suffix.map(
    (more): TextChange =>
      (url) =>
        `${url}${more}`,
  ),
  parameterChange,
  parameterRemoval,
);

/** A change of the encoding of a token. */
const encodingChange: fc.Arbitrary<TextChange> = fc.oneof(
  fc.constantFrom('=', '==', 'A', '+', '/', ' ').map(
    (more): TextChange =>
      (token) =>
        token + more,
  ),
  fc.constantFrom('', 'k8s-aws-v2.', 'K8S-AWS-V1.', ' k8s-aws-v1.').map(
    (prefix): TextChange =>
      (token) =>
        token.replace(PREFIX, prefix),
  ),
  fc.nat({ max: 5_000 }).map(
    (length): TextChange =>
      (token) =>
        token.padEnd(length, 'YWFh'),
  ),
);

/** Changes of a token: of the URL in it, then of its encoding. */
export const tokenChanges: fc.Arbitrary<TextChange> = fc
  .tuple(
    fc.array(urlChange, { maxLength: 2 }),
    fc.option(encodingChange, { freq: 20, nil: (token: string) => token }),
  )
  .map(
    ([changes, encode]) =>
      (token) =>
        encode(tokenOf(changes.reduce((url, apply) => apply(url), urlIn(token)))),
  );

function setParameter(url: string, name: string, value: string): string {
  return url.replace(new RegExp(`(?<=[?&]${name}=)[^&]*`), value);
}
