import { z } from 'zod';
import { SETTING_DOCS } from '../setting-docs.ts';
import { fleet } from './fleet.ts';

/** Packs of cdk-nag in addition to AwsSolutionsChecks, by the names of their classes. */
const NAG_PACKS = [
  'HIPAASecurityChecks',
  'NIST80053R4Checks',
  'NIST80053R5Checks',
  'PCIDSS321Checks',
  'ServerlessChecks',
] as const;

/** The settings of the app. They apply to all clusters, and are next to `clusters` only. */
export const appSettings = z.object({
  nagPacks: z
    .array(z.enum(NAG_PACKS))
    .default([])
    .register(SETTING_DOCS, {
      expected: `a list of packs of cdk-nag: ${NAG_PACKS.join(', ')}; AwsSolutionsChecks always applies`,
      description:
        'Packs of cdk-nag that the stacks are checked against, in addition to `AwsSolutionsChecks`.',
      whenOmitted: 'none',
    }),
  acknowledgedFindings: z
    .array(z.strictObject({ id: z.string().trim().min(1), reason: z.string().trim().min(1) }))
    .default([])
    .register(SETTING_DOCS, {
      expected:
        'a list of objects with id and reason, such as [{"id": "NIST.800.53.R5-LambdaDLQ", "reason": "…"}]',
      description:
        'Findings that do not fail the synthesis: `id` as synthesis prints it, with the part in brackets, and `reason`.',
      whenOmitted: 'none',
    }),
  fleet,
});

/** The validated settings of the app, with defaults applied. */
export type AppSettings = z.output<typeof appSettings>;
