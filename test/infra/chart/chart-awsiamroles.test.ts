import { describe, expect, it } from 'vitest';
import { MAX_ROLE_ARN_LENGTH } from '../../../contract/aws/role-arn.ts';
import { AWSIAMROLE, ROLE_SESSION_DURATION } from '../../../contract/kubernetes/awsiamrole.ts';
import {
  awsIamRoleDefinition,
  DEFINITION_NAME,
} from '../../support/chart/awsiamrole-definition.ts';

describe('the custom resource definition in the chart', () => {
  const { metadata, spec } = awsIamRoleDefinition() as {
    metadata: { name: string };
    spec: {
      names: object;
      versions: { schema: { openAPIV3Schema: { properties: Record<string, unknown> } } }[];
    };
  };
  const properties = spec.versions[0]?.schema.openAPIV3Schema.properties ?? {};

  it('has the names in the contract', () => {
    const { group, version, kind, plural, apiVersion } = AWSIAMROLE;
    expect(metadata.name).toBe(DEFINITION_NAME);
    expect(apiVersion).toBe(`${group}/${version}`);
    expect(spec).toMatchObject({ group, scope: 'Namespaced', names: { kind, plural } });
    expect(spec.versions).toMatchObject([
      { name: version, served: true, storage: true, subresources: { status: {} } },
    ]);
  });

  it("has the fields and limits of Zalando's definition", () => {
    const { min, max } = ROLE_SESSION_DURATION;
    expect(spec.names).toMatchObject({ singular: 'awsiamrole', categories: ['all'] });
    expect(properties).toMatchObject({
      spec: {
        properties: {
          roleReference: { type: 'string', minLength: 3, maxLength: MAX_ROLE_ARN_LENGTH },
          roleSessionDuration: { type: 'integer', format: 'int64', minimum: min, maximum: max },
        },
      },
      status: {
        properties: {
          observedGeneration: { type: 'integer' },
          roleARN: { type: 'string' },
          expiration: { type: 'string' },
        },
      },
    });
    expect(properties['spec']).not.toHaveProperty('required');
  });

  it('has conditions with unique types', () => {
    expect(properties['status']).toMatchObject({
      properties: {
        conditions: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['type'],
        },
      },
    });
  });

  it("has the printer columns of Zalando's definition first", () => {
    expect(spec.versions).toMatchObject([
      {
        additionalPrinterColumns: [
          { name: 'RoleARN', jsonPath: '.status.roleARN' },
          { name: 'Expiration', jsonPath: '.status.expiration' },
          { name: 'Ready' },
        ],
      },
    ]);
  });
});
