import * as z from 'zod';
import { AWSIAMROLE } from '../../../../contract/awsiamrole.ts';
import type { ClusterSettings } from '../../../../infra/settings/cluster-settings.ts';
import type { Check } from '../check.ts';
import { type Finding, failed, ok, warning } from '../finding.ts';
import { unread } from '../readers/read-result.ts';
import { commandFor, installChart } from '../remedies.ts';

const NAME = `${AWSIAMROLE.plural}.${AWSIAMROLE.group}`;

const schema = z.object({
  spec: z.object({
    versions: z.array(
      z.object({
        name: z.string(),
        served: z.boolean(),
        schema: z
          .object({
            openAPIV3Schema: z
              .object({
                properties: z
                  .object({
                    status: z
                      .object({
                        properties: z.record(z.string(), z.unknown()).optional(),
                        'x-kubernetes-preserve-unknown-fields': z.boolean().optional(),
                      })
                      .optional(),
                  })
                  .optional(),
              })
              .optional(),
          })
          .optional(),
      }),
    ),
  }),
});

/** What is read of the definition. */
export type Definition = z.output<typeof schema>;

/** The cluster knows AWSIAMRoles. */
export const definitionCheck: Check = {
  id: 'awsiamroles',
  title: 'AWSIAMRoles',
  requires: ['cluster'],
  after: ['right-cluster', 'version', 'chart'],
  async run({ cluster, settings }) {
    const reading = await cluster.read({
      path: `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${NAME}`,
      right: 'get customresourcedefinitions',
      schema,
    });
    if (reading.kind === 'read') return judgeDefinition(reading.value, settings);
    if (reading.kind !== 'absent') return unread(reading);
    return failed(
      `CustomResourceDefinition ${NAME} is missing, so no AWSIAMRole can be made`,
      installChart(settings),
    );
  },
};

/** Judges the definition, which may be Zalando's: that one has no conditions, so `Ready` cannot be told. */
export function judgeDefinition({ spec }: Definition, settings: ClusterSettings): Finding {
  const manifests = `"npx ${commandFor(settings, 'manifests')}"`;
  const version = spec.versions.find(({ name }) => name === AWSIAMROLE.version);
  if (version?.served !== true) {
    return failed(
      `${NAME} is not served as ${AWSIAMROLE.version}`,
      `serve that version in the definition, or replace it by the one that ${manifests} prints`,
    );
  }
  const status = version.schema?.openAPIV3Schema?.properties?.status;
  const keepsConditions =
    status?.properties?.['conditions'] !== undefined ||
    status?.['x-kubernetes-preserve-unknown-fields'] === true;
  if (keepsConditions) return ok(AWSIAMROLE.apiVersion);
  return warning(
    `its definition has no status.conditions, so an AWSIAMRole cannot say why it is not Ready`,
    `replace it by the one that ${manifests} prints (it differs in that alone)`,
  );
}
