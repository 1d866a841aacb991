import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Everything that can set the region of CDK on a machine. */
export interface RegionCase {
  readonly title: string;
  readonly variables?: Readonly<Record<string, string>>;
  /** Contents of `cdk.json` in the working directory. */
  readonly cdkJson?: object;
  /** Contents of `~/.cdk.json`. */
  readonly userCdkJson?: object;
  /** Contents of `~/.aws/config`. */
  readonly config?: string;
  /** Contents of `~/.aws/credentials`. */
  readonly credentials?: string;
  /** Undefined if nothing sets the region. */
  readonly expected: string | undefined;
}

const VARIABLES = ['AWS_REGION', 'AMAZON_REGION', 'AWS_DEFAULT_REGION', 'AMAZON_DEFAULT_REGION'];
const REGIONS = ['eu-west-1', 'eu-west-2', 'eu-west-3', 'eu-north-1'];
const CONFIG = `[default]
region = us-east-2
[profile team]
region = us-west-1
[profile other]
region = us-west-2
[profile empty]
region =
[profile without]
output = json
`;

/** The variables from one on, each with another region; those before it are empty or missing. */
function variablesFrom(first: number, isEmpty: boolean): Readonly<Record<string, string>> {
  return Object.fromEntries(
    VARIABLES.flatMap((name, index) => {
      if (index >= first) return [[name, REGIONS[index] ?? '']];
      return isEmpty ? [[name, '']] : [];
    }),
  );
}

export const REGION_CASES: readonly RegionCase[] = [
  ...VARIABLES.flatMap((name, index) => [
    {
      title: `${name}, before the variables after it and the profile`,
      variables: variablesFrom(index, false),
      config: CONFIG,
      expected: REGIONS[index],
    },
    ...(index === 0
      ? []
      : [
          {
            title: `${name}, if the variables before it are empty`,
            variables: variablesFrom(index, true),
            config: CONFIG,
            expected: REGIONS[index],
          },
        ]),
  ]),
  {
    title: 'the profile default, if all variables are empty',
    variables: variablesFrom(4, true),
    config: CONFIG,
    expected: 'us-east-2',
  },
  {
    title: 'AWS_PROFILE, before AWS_DEFAULT_PROFILE',
    variables: { AWS_PROFILE: 'team', AWS_DEFAULT_PROFILE: 'other' },
    config: CONFIG,
    expected: 'us-west-1',
  },
  {
    title: 'AWS_DEFAULT_PROFILE, if AWS_PROFILE is empty',
    variables: { AWS_PROFILE: '', AWS_DEFAULT_PROFILE: 'other' },
    config: CONFIG,
    expected: 'us-west-2',
  },
  {
    title: 'AWS_PROFILE, even if the environment has access keys',
    variables: { AWS_PROFILE: 'team', AWS_ACCESS_KEY_ID: 'AKIA', AWS_SECRET_ACCESS_KEY: 'key' },
    config: CONFIG,
    expected: 'us-west-1',
  },
  {
    title: 'the credentials file, before the config file',
    variables: { AWS_PROFILE: 'team' },
    config: CONFIG,
    credentials: '[team]\nregion = ca-central-1\n',
    expected: 'ca-central-1',
  },
  {
    title: 'the profile default, if the profile has no region',
    variables: { AWS_PROFILE: 'without' },
    config: CONFIG,
    expected: 'us-east-2',
  },
  {
    title: 'the profile default, if the profile does not exist',
    variables: { AWS_PROFILE: 'missing' },
    config: CONFIG,
    expected: 'us-east-2',
  },
  {
    title: 'the profile default, if the region of the profile is empty',
    variables: { AWS_PROFILE: 'empty' },
    config: CONFIG,
    expected: 'us-east-2',
  },
  { title: 'nothing, without variables and files', expected: undefined },
  { title: 'nothing, with empty files', config: '', credentials: '', expected: undefined },
  {
    title: 'the option region of the CDK CLI, before AWS_REGION',
    variables: { AWS_REGION: 'eu-west-1' },
    cdkJson: { region: 'sa-east-1' },
    expected: 'sa-east-1',
  },
  {
    title: 'CDK_REGION, before cdk.json',
    variables: { CDK_REGION: 'ap-south-1', AWS_REGION: 'eu-west-1' },
    cdkJson: { region: 'sa-east-1' },
    expected: 'ap-south-1',
  },
  {
    title: '~/.cdk.json, after cdk.json',
    cdkJson: { region: 'sa-east-1' },
    userCdkJson: { region: 'ap-south-2' },
    expected: 'sa-east-1',
  },
  {
    title: '~/.cdk.json, before AWS_REGION',
    variables: { AWS_REGION: 'eu-west-1' },
    userCdkJson: { region: 'ap-south-2' },
    expected: 'ap-south-2',
  },
  {
    title: 'the profile of cdk.json, before AWS_PROFILE',
    variables: { AWS_PROFILE: 'other' },
    cdkJson: { profile: 'team' },
    config: CONFIG,
    expected: 'us-west-1',
  },
  {
    title: 'the profile of CDK_PROFILE, before cdk.json',
    variables: { CDK_PROFILE: 'other' },
    cdkJson: { profile: 'team' },
    config: CONFIG,
    expected: 'us-west-2',
  },
  {
    title: 'AWS_REGION, before the profile of cdk.json',
    variables: { AWS_REGION: 'eu-west-1' },
    cdkJson: { profile: 'team' },
    config: CONFIG,
    expected: 'eu-west-1',
  },
];

/**
 * Writes the files of a case to a folder, which is both the home and the working directory.
 *
 * @returns all variables that select the region; an undefined one must not be set
 */
export function prepareRegionCase(
  { variables = {}, cdkJson, userCdkJson, config, credentials }: RegionCase,
  folder: string,
): Readonly<Record<string, string | undefined>> {
  const files = { config, credentials, 'cdk.json': cdkJson, '.cdk.json': userCdkJson };
  for (const [name, contents] of Object.entries(files)) {
    if (contents === undefined) continue;
    const text = typeof contents === 'string' ? contents : JSON.stringify(contents);
    writeFileSync(join(folder, name), text);
  }
  const none = [...VARIABLES, 'AWS_PROFILE', 'AWS_DEFAULT_PROFILE', 'CDK_REGION', 'CDK_PROFILE'];
  return {
    ...Object.fromEntries([...none, 'AWS_ACCESS_KEY_ID'].map((name) => [name, undefined])),
    HOME: folder,
    AWS_CONFIG_FILE: join(folder, 'config'),
    AWS_SHARED_CREDENTIALS_FILE: join(folder, 'credentials'),
    AWS_EC2_METADATA_DISABLED: 'true',
    ...variables,
  };
}
