import * as z from 'zod';
import { EventPatternError, parseEventPattern } from '../../aws/eventbridge/event-pattern.ts';
import { AssemblyError } from '../assembly-error.ts';
import {
  physicalName,
  type ResourceType,
  readProperties,
  type StackResource,
} from '../resource-type.ts';

/** A rule of an event bus: which of its events go where. */
export interface EventRule {
  readonly kind: 'event-rule';
  readonly name: string;
  readonly arn: string;
  readonly eventBusName: string;
  /** Checked: `parseEventPattern` takes it. */
  readonly pattern: unknown;
  readonly enabled: boolean;
  readonly targetArns: readonly string[];
}

/** Limits of EventBridge: characters of a pattern, targets of a rule (user guide, "Amazon EventBridge quotas"). */
const MOST_PATTERN_CHARACTERS = 2_048;
const MOST_TARGETS = 5;

// The retry policy is about an event that cannot be handed over; to a function of Lambda, here, it always can.
const target = z.strictObject({
  Arn: z.string(),
  Id: z.string().regex(/^[.\-_A-Za-z0-9]{1,64}$/),
  RetryPolicy: z
    .strictObject({
      MaximumEventAgeInSeconds: z.number().int().min(60).max(86_400).optional(),
      MaximumRetryAttempts: z.number().int().min(0).max(185).optional(),
    })
    .optional(),
});

const schema = z.strictObject({
  Description: z.string().max(512).optional(),
  EventBusName: z.string().default('default'),
  EventPattern: z
    .record(z.string(), z.unknown())
    .refine((pattern) => JSON.stringify(pattern).length <= MOST_PATTERN_CHARACTERS, {
      error: `an event pattern has at most ${MOST_PATTERN_CHARACTERS} characters`,
    }),
  Name: z
    .string()
    .regex(/^[.\-_A-Za-z0-9]{1,64}$/)
    .optional(),
  State: z.enum(['ENABLED', 'DISABLED']).default('ENABLED'),
  Tags: z.unknown().optional(),
  Targets: z
    .array(target)
    .max(MOST_TARGETS)
    .refine((targets) => new Set(targets.map(({ Id }) => Id)).size === targets.length, {
      error: 'two targets have the same Id',
    })
    .default([]),
});

const nameOf = (resource: StackResource) => physicalName(resource, 'Name', 64);

/** `<bus>` and what stands between bus and rule, or nothing for the bus that rules are on when they name none. */
function onBus(resource: StackResource, separator: string): string {
  const bus = resource.property('EventBusName') ?? 'default';
  return bus === 'default' ? '' : `${bus}${separator}`;
}

function arnOf(resource: StackResource): string {
  const { partition, region, account } = resource;
  const path = `${onBus(resource, '/')}${nameOf(resource)}`;
  return `arn:${partition}:events:${region}:${account}:rule/${path}`;
}

export const eventRule: ResourceType<EventRule> = {
  type: 'AWS::Events::Rule',
  ref: (resource) => `${onBus(resource, '|')}${nameOf(resource)}`,
  attributes: { Arn: arnOf },
  read: (resource) => {
    const properties = readProperties(resource, schema);
    checkPattern(properties.EventPattern);
    return {
      kind: 'event-rule',
      name: nameOf(resource),
      arn: arnOf(resource),
      eventBusName: properties.EventBusName,
      pattern: properties.EventPattern,
      enabled: properties.State === 'ENABLED',
      targetArns: properties.Targets.map(({ Arn }) => Arn),
    };
  },
};

function checkPattern(pattern: unknown): void {
  try {
    parseEventPattern(pattern);
  } catch (error) {
    if (!(error instanceof EventPatternError)) throw error;
    throw new AssemblyError(error.message, { cause: error });
  }
}
