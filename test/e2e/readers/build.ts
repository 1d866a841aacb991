/**
 * Builds the readers for the AWS SDKs for Go and Java, where Go and Maven are installed. It downloads the SDKs, so no test
 * does it; `npm run test:e2e` uses the readers when they are built.
 *
 *     npm run readers:build
 */
import { buildPrograms } from '../../support/programs/compiled-program.ts';
import { GO_PROGRAM, JAVA_PROGRAM } from './compiled-readers.ts';

buildPrograms([GO_PROGRAM, JAVA_PROGRAM]);
