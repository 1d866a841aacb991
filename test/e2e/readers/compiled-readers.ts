import { join } from 'node:path';
import { goProgram, javaProgram } from '../../support/programs/compiled-program.ts';

/** The reader with the AWS SDK for Go. */
export const GO_PROGRAM = goProgram(join(import.meta.dirname, 'go'));
/** The reader with the AWS SDK for Java. */
export const JAVA_PROGRAM = javaProgram(join(import.meta.dirname, 'java'), 'Reader');
