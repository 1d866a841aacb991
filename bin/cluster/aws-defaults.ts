import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';

/** What the SDK knows of itself, where `cdk.json` leaves something out as CDK does. */
export interface AwsDefaults {
  /** Of `AWS_REGION` or the profile; undefined when neither says one. */
  region(): Promise<string | undefined>;
  /** The account of the SDK's credentials, which STS is asked for. */
  account(region: string): Promise<string>;
}

/** Who cannot reach STS is told so soon. In milliseconds. */
const TIMEOUTS = { connectionTimeout: 3_000, requestTimeout: 5_000, throwOnRequestTimeout: true };

/** The defaults of this machine, by the SDK's own chain of files and variables. */
export const sdkDefaults: AwsDefaults = {
  async region() {
    const { region } = new STSClient({}).config;
    // The SDK throws where there is none.
    return region().catch(() => undefined);
  },
  async account(region) {
    const sts = new STSClient({ region, requestHandler: TIMEOUTS });
    const { Account } = await sts.send(new GetCallerIdentityCommand({}));
    if (Account === undefined) throw new Error('STS named no account');
    return Account;
  },
};
