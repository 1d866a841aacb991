/**
 * Builds the readers for the AWS SDKs for Go, Java, PHP and Rust, where the tools of these languages are installed. It
 * downloads the SDKs, so no test does it; `npm run test:e2e` uses the readers when they are built. Rust takes minutes.
 *
 *     npm run readers:build
 */
import { buildPrograms } from '../../support/programs/compiled-program.ts';
import { COMPILED_READERS } from './compiled-readers.ts';

buildPrograms(Object.values(COMPILED_READERS));
