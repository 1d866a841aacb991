import { isServerUrl } from '../../contract/cluster-api.ts';
import { isRecord } from '../../contract/is-record.ts';
import type { ClusterAddress } from '../connection/cluster-address.ts';
import {
  certificatesField,
  type Fields,
  LoginKubeconfigError,
  refuseOthers,
  textField,
} from './kubeconfig-fields.ts';
import { readUser } from './kubeconfig-user.ts';
import type { StoredLogin } from './stored-login.ts';

/**
 * Reads the current context of a kubeconfig, in JSON or YAML. Entries that it does not refer to do not matter.
 *
 * @throws {LoginKubeconfigError} when it lacks something, or contains what the functions cannot use
 */
export async function parseLoginKubeconfig(text: string): Promise<StoredLogin> {
  const file = await parseText(text);
  if (!isRecord(file)) throw new LoginKubeconfigError('it is not a kubeconfig (JSON or YAML)');
  const current = textField(file, 'current-context', 'kubeconfig');
  if (current === undefined) throw new LoginKubeconfigError('current-context is missing');
  const context = entryOf(file, 'contexts', 'context', current);
  const clusterName = textField(context, 'cluster', 'context');
  const userName = textField(context, 'user', 'context');
  if (userName === undefined) throw new LoginKubeconfigError('context.user is missing');
  const address =
    clusterName === undefined
      ? undefined
      : readAddress(entryOf(file, 'clusters', 'cluster', clusterName));
  const user = readUser(entryOf(file, 'users', 'user', userName));
  return { ...(address === undefined ? {} : { address }), user };
}

async function parseText(text: string): Promise<unknown> {
  try {
    return JSON.parse(text);
  } catch {
    const { CORE_SCHEMA, load, YAMLException } = await import('js-yaml');
    try {
      return load(text, { schema: CORE_SCHEMA });
    } catch (error) {
      // Its message quotes the text.
      const mark = error instanceof YAMLException ? error.mark : undefined;
      const where = mark === undefined ? '' : ` (line ${mark.line + 1})`;
      throw new LoginKubeconfigError(`it is neither JSON nor YAML${where}`);
    }
  }
}

function entryOf(file: Fields, list: string, field: string, name: string): Fields {
  const entries = file[list];
  const found: unknown[] = Array.isArray(entries)
    ? entries.filter((entry) => isRecord(entry) && entry['name'] === name)
    : [];
  const [entry] = found;
  if (!isRecord(entry) || found.length > 1) {
    const count = found.length === 0 ? 'no entry' : `${found.length} entries`;
    throw new LoginKubeconfigError(`${list} has ${count} of the name that is referred to`);
  }
  const fields = entry[field] ?? {};
  if (!isRecord(fields)) throw new LoginKubeconfigError(`${field} is not an object`);
  return fields;
}

function readAddress(cluster: Fields): ClusterAddress | undefined {
  refuseOthers(cluster, 'cluster', ['server', 'certificate-authority-data', 'disable-compression']);
  const url = textField(cluster, 'server', 'cluster');
  const certificateAuthority = certificatesField(cluster, 'certificate-authority-data', 'cluster');
  if (url === undefined && certificateAuthority === undefined) return undefined;
  if (url === undefined || certificateAuthority === undefined) {
    const missing = url === undefined ? 'server' : 'certificate-authority-data';
    throw new LoginKubeconfigError(`cluster.${missing} is missing`);
  }
  if (!isServerUrl(url)) {
    throw new LoginKubeconfigError(
      'cluster.server is not an https URL without user, query and fragment',
    );
  }
  return { url, certificateAuthority };
}
