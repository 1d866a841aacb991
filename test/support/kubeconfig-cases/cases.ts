import type { KubeconfigCase } from './case.ts';
import { CERTIFICATES, TOKENS } from './credentials.ts';
import { FILES } from './files.ts';
import { IMPERSONATION } from './impersonation.ts';
import { PLUGINS, PROVIDERS } from './plugins.ts';

/** Kubeconfigs with the credentials, files and mistakes that people have. */
export const KUBECONFIG_CASES: readonly KubeconfigCase[] = [
  ...TOKENS,
  ...CERTIFICATES,
  ...IMPERSONATION,
  ...PLUGINS,
  ...PROVIDERS,
  ...FILES,
];
