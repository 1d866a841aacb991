import { expect, it } from 'vitest';
import { type ContractSuite, describeInNamespace, podBody } from '../contract-context.ts';

/** Volumes, status, binding and graceful deletion of pods. */
export const podsContract: ContractSuite = (server) => {
  describeInNamespace('pods', server, (context) => {
    const create = async (name: string, spec: object, more: object = {}) => {
      const { api, pods } = context();
      return api.send('POST', pods, { body: { metadata: { name }, spec, ...more } });
    };
    const container = { name: 'app', image: 'app' };

    it('are created as Pending with defaults, and ignore a given status', async () => {
      const volumes = [
        { name: 'keys', secret: { secretName: 'keys' } },
        { name: 'both', projected: { sources: [{ secret: { name: 'a', optional: true } }] } },
      ];
      const volumeMounts = [{ name: 'keys', mountPath: '/keys' }];
      const spec = { containers: [{ ...container, volumeMounts }], volumes };
      const { body } = await create('begun', spec, { status: { phase: 'Running' } });
      expect(body).toMatchObject({
        kind: 'Pod',
        spec: {
          restartPolicy: 'Always',
          terminationGracePeriodSeconds: 30,
          volumes: [
            { name: 'keys', secret: { secretName: 'keys', defaultMode: 420 } },
            {
              name: 'both',
              projected: { sources: [{ secret: { name: 'a', optional: true } }], defaultMode: 420 },
            },
          ],
          containers: [{ ...container, volumeMounts }],
        },
        status: { phase: 'Pending' },
      });
      // Kubernetes 1.32 does not count the generations of pods.
      expect(body.metadata['generation'] ?? 1).toBe(1);
    });

    it('with scheduling gates have a condition, which outlasts the gates', async () => {
      const { api, pods } = context();
      const schedulingGates = [{ name: 'example.org/one' }, { name: 'example.org/two' }];
      const condition = { type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' };
      const { body: created } = await create('gated', { containers: [container], schedulingGates });
      expect(created).toMatchObject({
        spec: { schedulingGates },
        status: { conditions: [condition] },
      });
      const change = (gates: readonly object[] | null) =>
        api.send('PATCH', `${pods}/gated`, {
          body: { spec: { schedulingGates: gates } },
          headers: { 'content-type': 'application/merge-patch+json' },
        });
      const added = await change([...schedulingGates, { name: 'example.org/new' }]);
      expect([added.status, added.body['message']]).toEqual([
        422,
        expect.stringContaining(
          "only deletion is allowed, but found new scheduling gate 'example.org/new'",
        ),
      ]);
      expect((await change(schedulingGates.slice(1))).status).toBe(200);
      const { body: ungated } = await change(null);
      expect(ungated).toMatchObject({ status: { conditions: [condition] } });
      expect(ungated['spec']).not.toHaveProperty('schedulingGates');
    });

    it.each([
      ['without containers', {}, 'spec.containers: Required value'],
      [
        'without image',
        { containers: [{ name: 'a' }] },
        'spec.containers[0].image: Required value',
      ],
      [
        'without a name',
        { containers: [{ image: 'a' }] },
        'spec.containers[0].name: Required value',
      ],
      [
        'with two containers of a name',
        { containers: [container, container] },
        'spec.containers[1].name: Duplicate value: "app"',
      ],
      [
        'with a name that is none',
        { containers: [{ name: 'A b', image: 'a' }] },
        'spec.containers[0].name: Invalid value: "A b": a lowercase RFC 1123 label must consist of',
      ],
      [
        'with a Secret volume that names none',
        { containers: [container], volumes: [{ name: 'v', secret: {} }] },
        'spec.volumes[0].secret.secretName: Required value',
      ],
      [
        'with two volumes of a name',
        { containers: [container], volumes: [{ name: 'v' }, { name: 'v' }] },
        'spec.volumes[1].name: Duplicate value: "v"',
      ],
      [
        'that mount what is no volume',
        { containers: [{ ...container, volumeMounts: [{ name: 'v', mountPath: '/v' }] }] },
        'spec.containers[0].volumeMounts[0].name: Not found: "v"',
      ],
    ])('are refused %s', async (_what, spec, message) => {
      const { body } = await create('refused', spec);
      expect(body).toMatchObject({ reason: 'Invalid', code: 422 });
      expect(String(body['message'])).toContain(`Pod "refused" is invalid: ${message}`);
    });

    it('change their status through the subresource only', async () => {
      const { api, pods } = context();
      await create('status', { containers: [container] });
      const { body } = await api.send('PATCH', `${pods}/status/status`, {
        body: { spec: { nodeName: 'x' }, status: { phase: 'Running', message: 'm' } },
        headers: { 'content-type': 'application/merge-patch+json' },
      });
      expect(body).toMatchObject({ status: { phase: 'Running', message: 'm' } });
      expect(body['spec']).not.toHaveProperty('nodeName');
      expect((await api.send('GET', `${pods}/status/status`)).body).toEqual(body);
      const whole = await api.send('PATCH', `${pods}/status`, {
        body: { metadata: { labels: { a: 'b' } }, status: { phase: 'Failed' } },
        headers: { 'content-type': 'application/merge-patch+json' },
      });
      expect(whole.body).toMatchObject({
        metadata: { labels: { a: 'b' } },
        status: { phase: 'Running' },
      });
    });

    it('have immutable volumes and an immutable node', async () => {
      const { api, pods } = context();
      await create('fixed', { containers: [container] });
      const { body } = await api.send('PATCH', `${pods}/fixed`, {
        body: { spec: { nodeName: 'elsewhere' } },
        headers: { 'content-type': 'application/merge-patch+json' },
      });
      expect(body).toMatchObject({ reason: 'Invalid', code: 422 });
      expect(String(body['message'])).toContain(
        'Pod "fixed" is invalid: spec: Forbidden: pod updates may not change fields other than',
      );
    });

    it('are bound to a node once', async () => {
      const { api, pods } = context();
      await create('bound', { containers: [container] });
      const bind = (node: string) =>
        api.send('POST', `${pods}/bound/binding`, {
          body: {
            apiVersion: 'v1',
            kind: 'Binding',
            metadata: { name: 'bound' },
            target: { kind: 'Node', name: node },
          },
        });
      expect(await bind('n1')).toMatchObject({
        status: 201,
        body: { status: 'Success', code: 201 },
      });
      expect((await api.send('GET', `${pods}/bound`)).body).toMatchObject({
        spec: { nodeName: 'n1' },
      });
      expect((await bind('n2')).body).toMatchObject({
        message:
          'Operation cannot be fulfilled on pods/binding "bound": pod bound is already assigned to node "n1"',
        reason: 'Conflict',
        code: 409,
      });
    });

    it('are deleted immediately without a node', async () => {
      const { api, pods } = context();
      await create('free', { containers: [container] });
      const { body } = await api.send('DELETE', `${pods}/free`);
      expect(body).toMatchObject({ kind: 'Pod', metadata: { name: 'free' } });
      expect((await api.send('GET', `${pods}/free`)).status).toBe(404);
    });

    it('are deleted gracefully on a node, and immediately with a grace period of zero', async () => {
      const { api, pods } = context();
      await create('running', { containers: [container], nodeName: 'n1' });
      const marked = await api.send('DELETE', `${pods}/running`);
      expect(marked.body).toMatchObject({
        metadata: { deletionTimestamp: expect.any(String), deletionGracePeriodSeconds: 30 },
      });
      expect((await api.send('GET', `${pods}/running`)).body).toEqual(marked.body);
      const now = await api.send('DELETE', `${pods}/running`, { body: { gracePeriodSeconds: 0 } });
      expect(now.status).toBe(200);
      expect((await api.send('GET', `${pods}/running`)).status).toBe(404);
    });

    it('are deleted immediately from a node after they have completed', async () => {
      const { api, pods } = context();
      await create('done', { containers: [container], nodeName: 'n1' });
      await api.send('PUT', `${pods}/done/status`, {
        body: { ...podBody('done'), status: { phase: 'Succeeded' } },
      });
      await api.send('DELETE', `${pods}/done`);
      expect((await api.send('GET', `${pods}/done`)).status).toBe(404);
    });
  });
};
