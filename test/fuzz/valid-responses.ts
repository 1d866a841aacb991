import type { ApiRequest } from '../../kubernetes/kubernetes-connection.ts';
import type { ApiObject } from '../../kubernetes/lists/api-object.ts';
import { type Answer, statusAnswer } from '../unit/kubernetes/fake-connection.ts';
import { recordedJson } from '../unit/kubernetes/lists/recorded-list.ts';

/*
 * A small cluster with the responses of a real API server: the recorded objects, and similar ones. Its Secrets are fresh, due for
 * renewal, to be marked and to be removed. One is missing, and one was created after the list.
 */

const itemsOf = (name: Parameters<typeof recordedJson>[0]) => recordedJson(name).items ?? [];

/** Copies an object with another identity. */
function like(object: ApiObject | undefined, metadata: ApiObject['metadata']): ApiObject {
  return { ...object, metadata: { ...object?.metadata, ...metadata } };
}

const pods = [...itemsOf('pods-1'), ...itemsOf('pods-2')];
const [aPod] = pods;
const podsOfBoth = [...pods, like(aPod, { namespace: 'default', name: 'web', uid: 'uid-of-web' })];

const [aSecret] = itemsOf('secrets');
const secretLike = (name: string, namespace: string, annotations: Record<string, string>) =>
  like(aSecret, { name, namespace, uid: `uid-of-${namespace}-${name}`, annotations });
const EXPIRING = { 'kube-aws-iam/expires-at': '2026-11-23T12:05:00Z' };
const secrets = [
  secretLike('aws-iam-app', 'default', EXPIRING),
  ...itemsOf('secrets'),
  secretLike('aws-iam-idle', 'default', {}),
  secretLike('aws-iam-unused', 'shop', { 'kube-aws-iam/unused-since': '2026-11-23T11:00:00Z' }),
  secretLike('aws-iam-unused', 'default', { 'kube-aws-iam/unused-since': '2026-11-23T11:00:00Z' }),
];
const createdSince = secretLike('aws-iam-reader', 'shop', EXPIRING);

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

/** Returns the valid response to a request. */
export function validResponse(request: ApiRequest): Answer {
  const { pathname, searchParams } = new URL(request.path, 'https://cluster.test');
  if (request.method === 'GET') return listResponse(pathname, searchParams);
  if (request.method === 'POST') return createResponse(request.body ?? '{}');
  if (request.method === 'DELETE') return { body: { kind: 'Status', status: 'Success' } };
  return { body: JSON.parse(request.body ?? '{}') };
}

function listResponse(pathname: string, query: URLSearchParams): Answer {
  const [, only] = /^\/api\/v1\/namespaces\/([^/]+)$/.exec(pathname) ?? [];
  if (only !== undefined)
    return { body: namespaces.find(({ metadata }) => metadata?.name === only) };
  const [, namespace] = /\/namespaces\/([^/]+)\//.exec(pathname) ?? [];
  const { kind = '', items = [] } = lists[pathname.split('/').at(-1) ?? ''] ?? {};
  const selector = query.get('fieldSelector') ?? '';
  const [, name] = /metadata\.name=([^,]*)/.exec(selector) ?? [];
  const [, excluded] = /metadata\.namespace!=([^,]*)/.exec(selector) ?? [];
  const all = name === undefined ? items : [...items, createdSince];
  const selected = all.filter(
    ({ metadata }) =>
      (namespace === undefined || metadata?.namespace === decodeURIComponent(namespace)) &&
      (excluded === undefined || metadata?.namespace !== excluded) &&
      (name === undefined || metadata?.name === name),
  );
  return page(kind, selected, query.get('continue') ?? '0');
}

/** Small pages, so that a list can fail after its first page. */
const PAGE_SIZE = 4;

function page(kind: string, items: readonly ApiObject[], continueToken: string): Answer {
  if (!/^\d+$/.test(continueToken)) return statusAnswer(410, 'Expired');
  const end = Number(continueToken) + PAGE_SIZE;
  const next = end < items.length ? { continue: `${end}` } : {};
  const metadata = { resourceVersion: '214', ...next };
  return { body: { kind, metadata, items: items.slice(Number(continueToken), end) } };
}

function createResponse(body: string): Answer {
  const object = JSON.parse(body);
  return object.metadata?.name === createdSince.metadata?.name
    ? statusAnswer(409, 'AlreadyExists')
    : { status: 201, body: object };
}
