import { describe, expect, it } from 'vitest';
import { BASE_ROLE_ARN } from '../support/builders/builders.ts';
import type { FaultFact, Invariant, PassFact, TrackedObject } from './facts.ts';
import { createInvariantChecker } from './invariant-checker.ts';

const START = Date.parse('2026-11-23T12:00:00Z');
const at = (minute: number) => new Date(START + minute * 60_000);
const ALLOWED = { 'iam.amazonaws.com/allowed-roles': '["*"]' };
const HERITAGE = { heritage: 'kube-aws-iam-controller' };

/** A cluster with the namespaces `shop` and `hostile`, in which nothing is at fault. */
class World {
  readonly checker = createInvariantChecker({
    baseRoleArn: BASE_ROLE_ARN,
    isForbidden: () => false,
    hostileNamespace: 'hostile',
  });
  #minute = 0;

  constructor() {
    for (const name of ['shop', 'hostile']) {
      this.#change('namespaces', { metadata: { name, uid: name, annotations: ALLOWED } });
    }
  }

  get broken(): readonly Invariant[] {
    return [...new Set(this.checker.violations.map(({ invariant }) => invariant))];
  }

  until(minute: number): this {
    for (; this.#minute < minute; this.#minute += 1) this.checker.checkDeadlines(at(this.#minute));
    return this;
  }

  pod(namespace: string, role: string, type: 'ADDED' | 'DELETED' = 'ADDED'): this {
    const spec = { volumes: [{ secret: { secretName: `aws-iam-${role}` } }] };
    const metadata = { namespace, name: role, uid: role };
    return this.#change('pods', { metadata, ...{ spec } }, type);
  }

  /** The product issues credentials, and writes them into a new Secret. */
  secret(namespace: string, role: string): this {
    const accessKeyId = `ASIA${namespace}${role}`;
    const expiresAt = at(this.#minute + 600);
    this.checker.record(at(this.#minute), {
      kind: 'session',
      roleArn: BASE_ROLE_ARN + role,
      sessionName: `${namespace}@test`,
      accessKeyId,
      expiresAt,
    });
    const encode = (text: string) => Buffer.from(text).toString('base64');
    const data = {
      credentials: encode(`aws_access_key_id = ${accessKeyId}`),
      expire: encode(expiresAt.toISOString()),
    };
    const name = `aws-iam-${role}`;
    const annotations = { 'kube-aws-iam/expires-at': expiresAt.toISOString() };
    const metadata = { namespace, name, uid: name + namespace, labels: HERITAGE, annotations };
    return this.#change('secrets', { metadata, ...{ data } }, 'ADDED', 'product');
  }

  /** A refresh pass ends in each of the next minutes. */
  passes(count: number, pass: Omit<PassFact, 'kind' | 'pass'>): this {
    for (let i = 0; i < count; i += 1) {
      this.until(this.#minute + 1);
      this.checker.record(at(this.#minute), { kind: 'pass', pass: 'refresh', ...pass });
    }
    return this;
  }

  calls(count: number, namespace: string, call: 'api' | 'denied' = 'denied'): this {
    for (let i = 0; i < count; i += 1) {
      this.checker.record(at(this.#minute), { kind: 'call', call, namespace });
    }
    return this;
  }

  fault(affected: FaultFact['affected'], phase: FaultFact['phase'] = 'begins'): this {
    this.checker.record(at(this.#minute), { kind: 'fault', affected, phase });
    return this;
  }

  #change(
    collection: 'namespaces' | 'pods' | 'secrets',
    object: TrackedObject,
    type: 'ADDED' | 'DELETED' = 'ADDED',
    by: 'product' | 'others' = 'others',
  ): this {
    this.checker.record(at(this.#minute), { kind: 'change', type, collection, object, by });
    return this;
  }
}

const FAILED = { name: 'aws-iam-orders', result: 'failed', reason: 'role-denied' };
const DEFERRED = { name: 'aws-iam-orders', result: 'deferred', reason: 'out-of-time' };
const inNamespace = <T extends object>(namespace: string, outcome: T) => ({
  namespace,
  ...outcome,
});

/** Six Secrets of a namespace, of which some become unused in the first minute. */
function withUnused(world: World, namespace: string, unused: number): World {
  const roles = Array.from({ length: 6 }, (_, i) => `role${i}`);
  for (const role of roles) world.pod(namespace, role).secret(namespace, role);
  for (const role of roles.slice(0, unused)) world.pod(namespace, role, 'DELETED');
  return world;
}

describe('a hostile tenant', () => {
  it.each<[string, (world: World) => World, readonly Invariant[]]>([
    [
      'delays the first credentials of another',
      (world) => world.pod('shop', 'orders').until(2).secret('shop', 'orders'),
      ['late-for-others'],
    ],
    [
      'delays them by less than a pass',
      (world) => world.pod('shop', 'orders').until(1).secret('shop', 'orders'),
      [],
    ],
    [
      'delays its own credentials',
      (world) => world.pod('hostile', 'orders').until(30).secret('hostile', 'orders'),
      [],
    ],
    [
      'delays them during a fault',
      (world) => world.pod('shop', 'orders').fault('punctuality').until(2).secret('shop', 'orders'),
      [],
    ],
    [
      'uses up the time of a pass',
      (world) => world.until(20).passes(1, passWith(inNamespace('shop', DEFERRED))),
      ['deferred-for-others'],
    ],
    [
      'uses up its own share of a pass',
      (world) => world.until(20).passes(1, passWith(inNamespace('hostile', DEFERRED))),
      [],
    ],
    [
      'gives another no reason to be deferred',
      (world) =>
        world
          .until(20)
          .passes(
            1,
            passWith(inNamespace('shop', { ...DEFERRED, reason: 'awsiamrole-terminating' })),
          ),
      [],
    ],
    [
      'pages the operator',
      (world) =>
        world
          .until(20)
          .passes(10, { ...passWith(inNamespace('hostile', FAILED)), operatorProblems: 1 }),
      ['paged-by-tenant'],
    ],
    [
      'has problems that are not the operator’s',
      (world) => world.until(20).passes(10, passWith(inNamespace('hostile', FAILED))),
      [],
    ],
    [
      'is the operator’s problem for nine minutes',
      (world) =>
        world
          .until(20)
          .passes(9, { ...passWith(inNamespace('hostile', FAILED)), operatorProblems: 1 }),
      [],
    ],
    [
      'has a problem while others have it too',
      (world) =>
        world.until(20).passes(10, {
          operatorProblems: 2,
          outcomes: [inNamespace('hostile', FAILED), inNamespace('shop', FAILED)],
        }),
      [],
    ],
    [
      'has a problem during an outage',
      (world) =>
        world
          .until(20)
          .fault('sts')
          .passes(10, { ...passWith(inNamespace('hostile', FAILED)), operatorProblems: 1 }),
      [],
    ],
    [
      'causes many denials in a minute',
      (world) => world.until(20).calls(601, 'hostile'),
      ['over-budget'],
    ],
    ['causes some denials in a minute', (world) => world.until(20).calls(600, 'hostile'), []],
    [
      'causes many denials in several minutes',
      (world) => world.until(20).calls(600, 'hostile').until(21).calls(600, 'hostile'),
      [],
    ],
    [
      'causes many requests to the API',
      (world) => world.until(20).calls(6_001, 'hostile', 'api'),
      ['over-budget'],
    ],
    ['leaves many denials to others', (world) => world.until(20).calls(601, 'shop'), []],
    [
      'holds the brake for others',
      (world) => withUnused(world, 'shop', 2).until(56),
      ['removed-late-for-others'],
    ],
    [
      'cannot delay a removal that is not due',
      (world) => withUnused(world, 'shop', 2).until(53),
      [],
    ],
    ['holds its own brake', (world) => withUnused(world, 'hostile', 6).until(200), []],
    [
      'has not to do with the brake of another',
      (world) => withUnused(world, 'shop', 6).until(200),
      [],
    ],
    [
      'does not cause an outage of sweeps',
      (world) => withUnused(world, 'shop', 2).until(50).fault('sweeps').until(100),
      [],
    ],
  ])('%s', (_, play, expected) => {
    expect(play(new World()).broken).toEqual(expected);
  });
});

function passWith(outcome: PassFact['outcomes'][number]) {
  return { operatorProblems: 0, outcomes: [outcome] };
}
