import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { CORE_SCHEMA, loadAll, mergeTag, YAMLException } from 'js-yaml';
import * as z from 'zod';
import { errorMessageOf } from '../../contract/errors.ts';
import { ClusterSetupError } from '../../kubernetes/errors.ts';
import type { KubeconfigOptions } from '../options/kubeconfig-options.ts';
import { kubeconfigFile } from './kubeconfig-schema.ts';

/** Lists of a kubeconfig, and the field of their entries. */
const LISTS = { clusters: 'cluster', contexts: 'context', users: 'user' } as const;
type ListName = keyof typeof LISTS;

/** An entry, which is not validated yet. */
interface Entry {
  readonly name: string;
  readonly value: unknown;
  readonly file: string;
}

/** The kubeconfig files that kubectl would read, merged. */
export interface Kubeconfig {
  /** Files that exist. */
  readonly files: readonly string[];
  /** Files that would be read if they existed. */
  readonly missing: readonly string[];
  readonly currentContext: string | undefined;
  readonly contextNames: readonly string[];
  /**
   * Validates an entry. Of entries with the same name in several files the first one applies, as in kubectl.
   *
   * @returns undefined if there is none
   * @throws {ClusterSetupError} when it is invalid, or when a file contains it twice
   */
  find<T>(list: ListName, name: string, schema: z.ZodType<T>): FoundEntry<T> | undefined;
}

/** A valid entry. */
export interface FoundEntry<T> {
  readonly fields: T;
  /** Folder of the kubeconfig, to which relative paths refer. */
  readonly folder: string;
}

/**
 * Reads `--kubeconfig`, or else the files of `KUBECONFIG`, or else `~/.kube/config`. Empty files, and missing ones of
 * `KUBECONFIG`, are skipped.
 *
 * @throws {ClusterSetupError} when a file cannot be parsed
 */
export function readKubeconfig({ kubeconfig }: KubeconfigOptions): Kubeconfig {
  const listed = process.env['KUBECONFIG']?.split(delimiter).filter((file) => file !== '') ?? [];
  const candidates =
    kubeconfig !== undefined
      ? [kubeconfig]
      : listed.length > 0
        ? listed
        : [join(homedir(), '.kube', 'config')];
  const files = [...new Set(candidates)].filter((file) => existsSync(file));
  const parsed = files.map(parseFile);
  const entries = (list: ListName) => parsed.flatMap((one) => one[list]);
  return {
    files,
    missing: candidates.filter((file) => !files.includes(file)),
    currentContext: parsed.map(({ currentContext }) => currentContext).find(Boolean),
    contextNames: [...new Set(entries('contexts').map(({ name }) => name))],
    find: (list, name, schema) => findEntry(entries(list), list, name, schema),
  };
}

type ParsedFile = Readonly<Record<ListName, readonly Entry[]>> & {
  readonly currentContext: string | undefined;
};

/** Merge keys, as kubectl. */
const SCHEMA = CORE_SCHEMA.withTags(mergeTag);

function parseFile(file: string): ParsedFile {
  const parsed = kubeconfigFile.safeParse(readYaml(file) ?? {});
  if (!parsed.success) {
    throw new ClusterSetupError(
      `kubeconfig ${file} cannot be used: ${describeIssues(parsed.error)}. Correct it, or use another --kubeconfig.`,
    );
  }
  const { data } = parsed;
  return {
    currentContext: data['current-context'],
    clusters: entriesOf('clusters', data.clusters ?? [], file),
    contexts: entriesOf('contexts', data.contexts ?? [], file),
    users: entriesOf('users', data.users ?? [], file),
  };
}

/** Reads the first document. Of repeated keys the last one applies. */
function readYaml(file: string): unknown {
  try {
    return loadAll(readFileSync(file, 'utf8'), { schema: SCHEMA, json: true })[0];
  } catch (cause) {
    const reason = cause instanceof YAMLException ? describeYaml(cause) : errorMessageOf(cause);
    throw new ClusterSetupError(
      `kubeconfig ${file} cannot be read: ${reason}. Correct it, or use another --kubeconfig.`,
      { cause },
    );
  }
}

/** Describes an error without quoting the file: what looks like an alias or a tag may be a password. */
function describeYaml({ reason, mark }: YAMLException): string {
  const [problem = ''] = reason.split(/["'!<]/);
  const line = mark === undefined ? '' : ` in line ${mark.line + 1}`;
  return `${problem.trim()}${line}`;
}

const named = z.looseObject({ name: z.string() });

/** Skips entries without a name, because nothing can refer to them. */
function entriesOf(list: ListName, items: readonly unknown[], file: string): readonly Entry[] {
  return items.flatMap((item) => {
    const parsed = named.safeParse(item);
    if (!parsed.success) return [];
    return [{ name: parsed.data.name, value: parsed.data[LISTS[list]], file }];
  });
}

function findEntry<T>(
  entries: readonly Entry[],
  list: ListName,
  name: string,
  schema: z.ZodType<T>,
): FoundEntry<T> | undefined {
  const [entry, ...others] = entries.filter((one) => one.name === name);
  if (entry === undefined) return undefined;
  const where = `kubeconfig ${entry.file}: ${LISTS[list]} "${name}"`;
  if (others.some(({ file }) => file === entry.file)) {
    throw new ClusterSetupError(`${where} exists twice: remove one of them`);
  }
  const parsed = schema.safeParse(entry.value ?? {});
  if (parsed.success) return { fields: parsed.data, folder: dirname(resolve(entry.file)) };
  throw new ClusterSetupError(`${where} is invalid: ${describeIssues(parsed.error)}. Correct it.`);
}

/** Describes what is wrong without quoting values, which may be secret. */
function describeIssues({ issues }: z.ZodError): string {
  return issues
    .map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`))
    .join('; ');
}
