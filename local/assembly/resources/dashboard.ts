import * as z from 'zod';
import { type ResourceType, readProperties } from '../resource-type.ts';

/** A CloudWatch dashboard. */
interface Dashboard {
  readonly kind: 'dashboard';
  readonly name: string;
  readonly widgets: readonly unknown[];
}

const body = z.looseObject({ widgets: z.array(z.record(z.string(), z.unknown())).max(500) });

const bodyJson = z.string().transform((text, context) => {
  try {
    return body.parse(JSON.parse(text));
  } catch (error) {
    context.addIssue({ code: 'custom', message: `is not a dashboard: ${error}` });
    return z.NEVER;
  }
});

const schema = z.strictObject({
  DashboardBody: bodyJson,
  DashboardName: z.string().regex(/^[\w-]{1,255}$/),
  Tags: z.unknown().optional(),
});

export const dashboard: ResourceType<Dashboard> = {
  type: 'AWS::CloudWatch::Dashboard',
  ref: (resource) => String(resource.property('DashboardName')),
  read: (resource) => {
    const { DashboardName, DashboardBody } = readProperties(resource, schema);
    return { kind: 'dashboard', name: DashboardName, widgets: DashboardBody.widgets };
  },
};
