import * as z from 'zod';
import { AWSIAMROLE } from '../../../../contract/kubernetes/awsiamrole.ts';
import type { ClusterSettings } from '../../../../infra/settings/cluster-settings.ts';
import { type Check, type Finding, failed, ok, unreadable, warning } from '../check.ts';
import { commandFor, installChartCommand } from '../remedies.ts';

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

/** The checked fields of the CustomResourceDefinition. */
type Definition = z.output<typeof schema>;

/** The cluster serves AWSIAMRoles. */
export const definitionCheck: Check = {
  id: 'awsiamroles',
  title: 'AWSIAMRoles',
  requires: ['cluster'],
  after: ['right-cluster', 'chart-cluster', 'version', 'chart'],
  async run({ cluster, settings }) {
    const result = await cluster.read({
      path: `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${NAME}`,
      permission: 'get customresourcedefinitions',
      schema,
    });
    if (result.kind === 'found') return judgeDefinition(result.value, settings);
    if (result.kind !== 'absent') return unreadable(result);
    return failed(
      `CustomResourceDefinition ${NAME} is missing, so AWSIAMRoles cannot be created`,
      installChartCommand(settings),
    );
  },
};

/** Judges the definition. It may be Zalando's, which has no conditions and so cannot report `Ready`. */
export function judgeDefinition({ spec }: Definition, settings: ClusterSettings): Finding {
  const manifests = `"npx ${commandFor(settings, 'manifests')}"`;
  const version = spec.versions.find(({ name }) => name === AWSIAMROLE.version);
  if (version?.served !== true) {
    return failed(
      `${NAME} does not serve version ${AWSIAMROLE.version}`,
      `serve that version in the definition, or replace the definition with the one that ${manifests} prints`,
    );
  }
  const status = version.schema?.openAPIV3Schema?.properties?.status;
  const keepsConditions =
    status?.properties?.['conditions'] !== undefined ||
    status?.['x-kubernetes-preserve-unknown-fields'] === true;
  if (keepsConditions) return ok(AWSIAMROLE.apiVersion);
  return warning(
    'the definition has no status.conditions, so an AWSIAMRole cannot report why it is not Ready',
    `replace the definition with the one that ${manifests} prints, which differs in nothing else`,
  );
}
