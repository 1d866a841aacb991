import { z } from 'zod';
import { SETTING_DOCS } from '../setting-docs.ts';

const account = z.string().regex(/^\d{12}$/);
const region = z.string().regex(/^[a-z]{2,4}(-[a-z]+)+-\d$/);
const sinkArn = z.string().regex(/^arn:aws(-[a-z]+)*:oam:[a-z0-9-]+:\d{12}:sink\/[0-9a-f-]{36}$/);

/** Monitoring of all clusters from one account, with CloudWatch cross-account observability. */
export const fleet = z
  .strictObject({
    account,
    sinkArns: z.record(region, sinkArn).default({}),
    createSinks: z.boolean().default(true),
    createLinks: z.boolean().default(true),
    organizationId: z
      .string()
      .regex(/^o-[a-z0-9]{10,32}$/)
      .optional(),
    dashboardRegion: region.optional(),
    alarmEmail: z.email().max(254).optional(),
  })
  .optional()
  .register(SETTING_DOCS, {
    expected:
      'an object with account (12 digits) and, optionally, sinkArns (an object of sink ARNs by Region), createSinks and createLinks (true or false), organizationId ("o-…"), dashboardRegion and alarmEmail',
    description:
      'Monitors all clusters from one account ([docs/fleets.md](docs/fleets.md)): `account` of the dashboard and the alarms, `sinkArns` by Region, and `organizationId`, `dashboardRegion`, `alarmEmail`. `createSinks: false` and `createLinks: false` for accounts that are linked already.',
    whenOmitted: 'each cluster is monitored in its own account',
  });

/** The validated setting. */
export type FleetSettings = NonNullable<z.output<typeof fleet>>;
