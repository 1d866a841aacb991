import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { loadSharedConfigFiles } from '@smithy/core/config';
import * as z from 'zod';

/** The environment variables that set the region, by precedence. The AWS SDK reads the first one only. */
const REGION_VARIABLES = [
  'AWS_REGION',
  'AMAZON_REGION',
  'AWS_DEFAULT_REGION',
  'AMAZON_DEFAULT_REGION',
];

const cdkOptions = z.object({
  region: z.string().optional().catch(undefined),
  profile: z.string().optional().catch(undefined),
});

/**
 * Returns the region that `cdk deploy` uses for a stack without a region, as the CDK CLI resolves it (`AwsCliCompatible` in
 * aws-cdk): its option `region`, the environment variables, then the AWS profile and the profile `default`. Empty values
 * count as missing.
 *
 * @returns undefined where the CDK CLI would use the region of the EC2 instance, or else us-east-1: no user chose these
 */
export async function cdkRegion(): Promise<string | undefined> {
  const fromVariable = REGION_VARIABLES.map((name) => process.env[name]).find(Boolean);
  return (
    cdkOption('region') ??
    fromVariable ??
    (await regionOfProfile(cdkOption('profile') ?? environmentProfile() ?? 'default'))
  );
}

/** Returns the AWS profile whose credentials `cdk deploy` uses; undefined for access keys of the environment. */
export function cdkProfile(): string | undefined {
  return (
    cdkOption('profile') ?? (environmentKeys() === undefined ? environmentProfile() : undefined)
  );
}

/** Returns the access keys of the environment. `cdk deploy` prefers them to `AWS_PROFILE`. */
export function environmentKeys() {
  const accessKeyId = process.env['AWS_ACCESS_KEY_ID'];
  const secretAccessKey = process.env['AWS_SECRET_ACCESS_KEY'];
  if (!accessKeyId || !secretAccessKey) return undefined;
  const sessionToken = process.env['AWS_SESSION_TOKEN'];
  return { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) };
}

function environmentProfile(): string | undefined {
  return process.env['AWS_PROFILE'] || process.env['AWS_DEFAULT_PROFILE'] || undefined;
}

/** Returns an option of the CDK CLI that can be set outside its command line. */
function cdkOption(name: 'region' | 'profile'): string | undefined {
  return (
    process.env[`CDK_${name.toUpperCase()}`] ||
    readOptions('cdk.json')[name] ||
    readOptions(join(homedir(), '.cdk.json'))[name] ||
    undefined
  );
}

/** Reads the CLI options in a `cdk.json`. A file that cannot be used has none: commands that need it report why. */
function readOptions(file: string): z.infer<typeof cdkOptions> {
  try {
    return cdkOptions.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return {};
  }
}

async function regionOfProfile(profile: string): Promise<string | undefined> {
  const { credentialsFile, configFile } = await loadSharedConfigFiles({ ignoreCache: true });
  return [profile, 'default']
    .flatMap((name) => [credentialsFile[name], configFile[name]])
    .find((section) => section?.['region'] !== undefined)?.['region'];
}
