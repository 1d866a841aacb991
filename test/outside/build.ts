/**
 * Builds the judges of `npm run test:outside`, where Go, Maven or CMake are installed. The tests do it too, when they start; this
 * script downloads what the builds need ahead of them.
 *
 *     npm run outside:build
 */
import { buildPrograms } from '../support/programs/compiled-program.ts';
import { EVENT_RULER, KUBE_SCORE, TOKEN_VERIFIER } from './judge.ts';
import { LAMBDA_RUNTIME } from './lambda-runtime/real-runtime.ts';
import { CFN_GUARD } from './scanners/cfn-guard.ts';

buildPrograms([EVENT_RULER, TOKEN_VERIFIER, KUBE_SCORE, CFN_GUARD, LAMBDA_RUNTIME]);
