import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { CompiledProgram } from '../../support/programs/compiled-program.ts';
import type { Requirement } from '../../support/requirements.ts';

const FOLDER = join(import.meta.dirname, '../cfn-guard');
const PACKAGE = join(FOLDER, 'node_modules/@cdklabs/cdk-validator-cfnguard');
const SYSTEM = process.platform === 'darwin' ? 'macos' : 'ubuntu';
const ARCHITECTURE = process.arch === 'arm64' ? 'aarch64' : 'x86_64';
const EXECUTABLE = join(PACKAGE, 'bin', SYSTEM, ARCHITECTURE, 'cfn-guard');

/** cfn-guard, which an npm package contains with the rules of AWS Control Tower. */
export const CFN_GUARD: CompiledProgram = {
  folder: FOLDER,
  builder: {
    missing: 'cfn-guard for this system',
    remedy: 'run the tests on Linux or macOS',
    isMet: () => ['linux', 'darwin'].includes(process.platform),
  },
  build: ['npm', 'run', '--silent', 'build'],
  built: EXECUTABLE,
  command: [EXECUTABLE],
};

/** The rules of AWS Control Tower. */
export const CONTROL_TOWER_RULES = join(PACKAGE, 'rules/control-tower/cfn-guard');

/** AWS's registry of Guard rules. No package registry has it. */
export const RULES_REGISTRY: Requirement & { readonly folder: string } = {
  missing: "AWS's Guard rules",
  remedy:
    'clone github.com/aws-cloudformation/aws-guard-rules-registry and set GUARD_RULES to its folder rules/aws',
  folder: process.env['GUARD_RULES'] ?? '',
  isMet: () => existsSync(RULES_REGISTRY.folder),
};
