import { describe, expect, it } from 'vitest';
import { formatInstant } from '../../../../../contract/format-instant.ts';
import { renderSecret } from '../../../../../lambda/act/secrets/render-secret.ts';

const ROLE_ARN = 'arn:aws:iam::123456789012:role/orders';
const CONTENT = renderSecret(
  {
    accessKeyId: 'ASIAEXAMPLE',
    secretAccessKey: 'abc/+def',
    sessionToken: 'IQoJb3JpZ2luX2VjEXAMPLE==',
    expiresAt: new Date('2018-12-17T14:47:21Z'),
  },
  {
    ...{ roleArn: ROLE_ARN, fingerprint: 'a1b2c3d4' },
    metadata: { labels: {}, annotations: {} },
  },
);

describe('renderSecret', () => {
  it('renders the files of the 2018 controller, byte for byte but for Expiration, and role-arn', () => {
    expect(CONTENT.data).toEqual({
      expire: '2018-12-17T14:47:21Z',
      credentials:
        '[default]\naws_access_key_id = ASIAEXAMPLE\naws_secret_access_key = abc/+def\n' +
        'aws_session_token = IQoJb3JpZ2luX2VjEXAMPLE==\naws_expiration = 2018-12-17T14:47:21Z\n',
      'credentials.process': '[default]\ncredential_process = cat /meta/aws-iam/credentials.json\n',
      'credentials.json':
        '{"Version":1,"AccessKeyId":"ASIAEXAMPLE","SecretAccessKey":"abc/+def",' +
        '"SessionToken":"IQoJb3JpZ2luX2VjEXAMPLE==","Expiration":"2018-12-17T14:46:21Z"}',
      'role-arn': ROLE_ARN,
    });
  });

  it('renders the expiry, the role and the hash of the session request, but no credentials, as annotations', () => {
    expect(CONTENT.annotations).toEqual({
      'kube-aws-iam/expires-at': '2018-12-17T14:47:21Z',
      'kube-aws-iam/role-arn': ROLE_ARN,
      'kube-aws-iam/session': 'a1b2c3d4',
    });
  });
});

it.each([
  ['2018-12-17T14:47:21.000Z', '2018-12-17T14:47:21Z'],
  ['2018-12-17T14:47:21.999Z', '2018-12-17T14:47:21Z'],
])('formatInstant truncates %s to whole seconds', (instant, text) => {
  expect(formatInstant(new Date(instant))).toBe(text);
});
