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

// `Rules` are checks of parameters at deployment: the bootstrap version, of which a laptop has none.
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

/** A CloudFormation template, intrinsic functions and all. */
export type Template = z.output<typeof templateSchema>;

/** The template in `json`. @throws AssemblyError for a section or an attribute of a resource that is not known here. */
export function parseTemplate(name: string, json: unknown): Template {
  const parsed = templateSchema.safeParse(json);
  if (!parsed.success) {
    throw new AssemblyError(`template ${name}: ${z.prettifyError(parsed.error)}`);
  }
  return parsed.data;
}
