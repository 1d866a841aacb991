import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type StartEnvironmentProcess,
  startEnvironmentProcess,
} from '../../../local/aws/lambda/environment-process.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/** Processes of functions whose memory is measured. */
export interface MeasuredProcesses {
  readonly start: StartEnvironmentProcess;
  /** The peak memory (RSS) of the process that was started last, in MiB, at its last reply. */
  peakMegabytes(): number;
}

const PRELOADED = new URL('report-peak-memory.ts', import.meta.url).href;

/** Starts the processes of functions with the limits that Lambda's runtime sets: by the function's memory size. */
export function measuredProcesses(): MeasuredProcesses {
  const folder = temporaryFolder();
  let started = 0;
  const fileOf = (number: number) => join(folder, String(number));
  return {
    start: (input) => {
      started += 1;
      const { NODE_OPTIONS, AWS_LAMBDA_FUNCTION_MEMORY_SIZE } = input.variables;
      const options = [
        NODE_OPTIONS,
        ...limits(Number(AWS_LAMBDA_FUNCTION_MEMORY_SIZE)),
        '--import',
        PRELOADED,
      ];
      return startEnvironmentProcess({
        ...input,
        variables: {
          ...input.variables,
          NODE_OPTIONS: options.join(' '),
          PEAK_MEMORY_FILE: fileOf(started),
        },
      });
    },
    peakMegabytes: () => Number(readFileSync(fileOf(started), 'utf8')) / 1_024,
  };
}

/** A tenth of the memory for new objects, the rest for old ones (`/var/runtime/bootstrap` of Lambda's Node.js images). */
function limits(megabytes: number): readonly string[] {
  const newSpace = Math.floor(megabytes / 10);
  return [
    `--max-semi-space-size=${Math.floor(newSpace / 2)}`,
    `--max-old-space-size=${megabytes - newSpace}`,
  ];
}
