import type { ApiRequest } from '../../kubernetes/kubernetes-connection.ts';
import type { ApiObject } from '../../kubernetes/lists/api-object.ts';
import { type Answer, statusAnswer } from '../unit/kubernetes/fake-connection.ts';
import { recordedJson } from '../unit/kubernetes/lists/recorded-list.ts';

/*
 * A small cluster as a real API server would answer for it: the objects that were recorded, and some like them. Its
 * Secrets are fresh, ending, to be marked and to be removed; one is missing, one was made since the list was.
 */

const itemsOf = (name: Parameters<typeof recordedJson>[0]) => recordedJson(name).items ?? [];

/** An object like another, of another identity. */
function like(object: ApiObject | undefined, metadata: ApiObject['metadata']): ApiObject {
  return { ...object, metadata: { ...object?.metadata, ...metadata } };
}

const pods = [...itemsOf('pods-1'), ...itemsOf('pods-2')];
const [aPod] = pods;
const podsOfBoth = [...pods, like(aPod, { namespace: 'default', name: 'web', uid: 'uid-of-web' })];

const [aSecret] = itemsOf('secrets');
const secretLike = (name: string, namespace: string, annotations: Record<string, string>) =>
  like(aSecret, { name, namespace, uid: `uid-of-${namespace}-${name}`, annotations });
const ENDING = { 'kube-aws-iam/expires-at': '2026-11-23T12:05:00Z' };
const secrets = [
  secretLike('aws-iam-app', 'default', ENDING),
  ...itemsOf('secrets'),
  secretLike('aws-iam-idle', 'default', {}),
  secretLike('aws-iam-unused', 'shop', { 'kube-aws-iam/unused-since': '2026-11-23T11:00:00Z' }),
  secretLike('aws-iam-unused', 'default', { 'kube-aws-iam/unused-since': '2026-11-23T11:00:00Z' }),
];
const madeSince = secretLike('aws-iam-reader', 'shop', ENDING);

const allowingAll = { 'iam.amazonaws.com/allowed-roles': '["*"]' };
const namespaces = itemsOf('namespaces').map((one) => like(one, { annotations: allowingAll }));

const awsIamRoles = ['one', 'two'].map((name) => ({
  metadata: { name, namespace: 'shop', uid: `uid-of-${name}`, generation: 1 },
  spec: { roleReference: `team/${name}` },
}));

const lists: Readonly<
  Record<string, { readonly kind: string; readonly items: readonly ApiObject[] }>
> = {
  pods: { kind: 'PodList', items: podsOfBoth },
  secrets: { kind: 'PartialObjectMetadataList', items: secrets },
  namespaces: { kind: 'PartialObjectMetadataList', items: namespaces },
  awsiamroles: { kind: 'AWSIAMRoleList', items: awsIamRoles },
};

/** What a request is answered when all is well. */
export function answerRightly(request: ApiRequest): Answer {
  const { pathname, searchParams } = new URL(request.path, 'https://cluster.test');
  if (request.method === 'GET') return listed(pathname, searchParams);
  if (request.method === 'POST') return made(request.body ?? '{}');
  if (request.method === 'DELETE') return { body: { kind: 'Status', status: 'Success' } };
  return { body: JSON.parse(request.body ?? '{}') };
}

function listed(pathname: string, query: URLSearchParams): Answer {
  const [, only] = /^\/api\/v1\/namespaces\/([^/]+)$/.exec(pathname) ?? [];
  if (only !== undefined)
    return { body: namespaces.find(({ metadata }) => metadata?.name === only) };
  const [, namespace] = /\/namespaces\/([^/]+)\//.exec(pathname) ?? [];
  const { kind = '', items = [] } = lists[pathname.split('/').at(-1) ?? ''] ?? {};
  const selector = query.get('fieldSelector') ?? '';
  const [, name] = /metadata\.name=([^,]*)/.exec(selector) ?? [];
  const [, excluded] = /metadata\.namespace!=([^,]*)/.exec(selector) ?? [];
  const all = name === undefined ? items : [...items, madeSince];
  const selected = all.filter(
    ({ metadata }) =>
      (namespace === undefined || metadata?.namespace === decodeURIComponent(namespace)) &&
      (excluded === undefined || metadata?.namespace !== excluded) &&
      (name === undefined || metadata?.name === name),
  );
  return page(kind, selected, query.get('continue') ?? '0');
}

/** Few in a page, so that a list may break off. */
const PAGE_SIZE = 4;

function page(kind: string, items: readonly ApiObject[], place: string): Answer {
  if (!/^\d+$/.test(place)) return statusAnswer(410, 'Expired');
  const end = Number(place) + PAGE_SIZE;
  const next = end < items.length ? { continue: `${end}` } : {};
  const metadata = { resourceVersion: '214', ...next };
  return { body: { kind, metadata, items: items.slice(Number(place), end) } };
}

function made(body: string): Answer {
  const object = JSON.parse(body);
  return object.metadata?.name === madeSince.metadata?.name
    ? statusAnswer(409, 'AlreadyExists')
    : { status: 201, body: object };
}
