import * as z from 'zod';
import { AssemblyError } from './assembly-error.ts';

const dependsOn = z.union([z.string().transform((one) => [one]), z.array(z.string())]);

const resourceSchema = z.strictObject({
  Type: z.string(),
  Properties: z.record(z.string(), z.unknown()).default({}),
  DependsOn: dependsOn.default([]),
  Condition: z.string().optional(),
  DeletionPolicy: z.string().optional(),
  UpdateReplacePolicy: z.string().optional(),
  Metadata: z.unknown().optional(),
});

// `Rules` validate parameters during deployment; the CDK's only rule checks the bootstrap version, which is irrelevant here.
const templateSchema = z.strictObject({
  AWSTemplateFormatVersion: z.string().optional(),
  Description: z.string().optional(),
  Metadata: z.unknown().optional(),
  Parameters: z
    .record(z.string(), z.object({ Type: z.string(), Default: z.string().optional() }))
    .default({}),
  Rules: z.unknown().optional(),
  Conditions: z.record(z.string(), z.unknown()).default({}),
  Resources: z.record(z.string(), resourceSchema),
  Outputs: z.record(z.string(), z.object({ Value: z.unknown() })).default({}),
});

/** A CloudFormation template, with its intrinsic functions unresolved. */
export type Template = z.output<typeof templateSchema>;

/** Validates a template. @throws AssemblyError for an unsupported section or resource attribute */
export function parseTemplate(name: string, json: unknown): Template {
  const parsed = templateSchema.safeParse(json);
  if (!parsed.success) {
    throw new AssemblyError(`template ${name}: ${z.prettifyError(parsed.error)}`);
  }
  return parsed.data;
}
