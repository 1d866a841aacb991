import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { CompiledProgram } from '../../support/programs/compiled-program.ts';
import { commandRuns, type Requirement } from '../../support/requirements.ts';
import { COMPILED_READERS } from './compiled-readers.ts';
import type { ReaderCommand } from './read-as-container.ts';

/** Minutes until the credentials of each pod expire, when the readers start. */
export const MINUTES_LEFT = { expired: -2, four: 4, twelve: 12, twenty: 20 } as const;
export type Pod = keyof typeof MINUTES_LEFT;

/** The reader of an SDK, and the known behavior of the SDK. */
export interface Sdk {
  readonly name: string;
  /** What the reader needs. @default - nothing that this project does not have */
  readonly requirement?: Requirement;
  readonly command: ReaderCommand;
  /** Pods in which it runs `cat` for each request, because its credentials expire soon. */
  readonly refreshesIn: readonly Pod[];
  /** Its error for expired credentials. */
  readonly expiredError: RegExp;
  /** Whether a process notices within seconds that a file with static keys has changed. */
  readonly rereadsStaticKeys: boolean;
  /** Whether a process that started without the files finds them later. @default false */
  readonly findsLateFiles?: boolean;
  /**
   * Whether `credentials.process` must be in a volume of its own, as in an injected pod. PHP cannot read a file of a renewed
   * volume for two minutes, which the test skips.
   */
  readonly needsFixedConfig?: boolean;
}

const programOf = (file: string) => join(import.meta.dirname, file);

function reader(missing: string, remedy: string, isMet: () => boolean): Requirement {
  return { missing, remedy, isMet };
}

/** The requirement of a reader that `npm run readers:build` builds, because the build downloads the SDK. */
function builtReader(sdk: string, { built, builder }: CompiledProgram): Requirement {
  return reader(
    `the reader with the SDK for ${sdk}`,
    `npm run readers:build, which needs ${builder.missing}`,
    () => existsSync(built),
  );
}

export const AWS_CLI = {
  requirement: reader('the AWS CLI', 'pip install awscli', () => commandRuns('aws', '--version')),
  command: ['sh', programOf('reader.sh')] as const,
};

const { go, java, javaV1, php, rust } = COMPILED_READERS;

/** boto3, whose error the AWS CLI shares. */
export const BOTO3: Sdk = {
  name: 'boto3',
  requirement: reader('boto3', 'pip install boto3, for python3', () =>
    commandRuns('python3', '-c', 'import boto3'),
  ),
  command: ['python3', programOf('reader.py')],
  refreshesIn: ['four', 'twelve'],
  expiredError: /Credentials were refreshed, but the refreshed credentials are still expired/,
  rereadsStaticKeys: false,
};

/** Some SDKs refresh only just before expiry, so only expired credentials show whether they do. */
export const SDKS: readonly Sdk[] = [
  BOTO3,
  {
    name: 'the SDK for JavaScript',
    command: [process.execPath, programOf('reader.ts')],
    refreshesIn: ['four'],
    expiredError: /CredentialsProviderError: Could not load credentials from any providers/,
    rereadsStaticKeys: false,
  },
  {
    name: 'the SDK for Go',
    requirement: builtReader('Go', go),
    command: go.command,
    refreshesIn: [],
    expiredError: /ExpiredToken/,
    rereadsStaticKeys: false,
  },
  {
    name: 'the SDK for Java',
    requirement: builtReader('Java', java),
    command: java.command,
    refreshesIn: [],
    expiredError: /The security token included in the request is expired/,
    rereadsStaticKeys: true,
  },
  {
    // Looks at the file with static keys every five minutes.
    name: 'version 1 of the SDK for Java',
    findsLateFiles: true,
    requirement: builtReader('Java, version 1', javaV1),
    command: javaV1.command,
    refreshesIn: [],
    expiredError: /The security token included in the request is expired/,
    rereadsStaticKeys: false,
  },
  {
    name: 'the SDK for Rust',
    requirement: builtReader('Rust', rust),
    command: rust.command,
    refreshesIn: [],
    expiredError: /ExpiredToken/,
    rereadsStaticKeys: false,
  },
  {
    name: 'the SDK for PHP',
    requirement: builtReader('PHP', php),
    command: php.command,
    refreshesIn: [],
    expiredError: /CredentialsException/,
    rereadsStaticKeys: false,
    needsFixedConfig: true,
    findsLateFiles: true,
  },
  {
    name: 'the SDK for Ruby',
    requirement: reader(
      'the SDK for Ruby',
      'apt install ruby-aws-sdk-core, or gem install aws-sdk-core',
      () => commandRuns('ruby', '-e', "require 'aws-sdk-core'; Aws::STS"),
    ),
    command: ['ruby', programOf('reader.rb')],
    refreshesIn: ['four'],
    expiredError: /ExpiredToken/,
    rereadsStaticKeys: false,
  },
];

/** The SDK for PHP as in PHP-FPM: a client for each request, in a process that lives longer. */
export const PHP_PER_REQUEST = {
  requirement: builtReader('PHP', php),
  command: [...php.command, 'per-request'] as ReaderCommand,
};
