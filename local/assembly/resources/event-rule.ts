import * as z from 'zod';
import { EventPatternError, parseEventPattern } from '../../aws/eventbridge/event-pattern.ts';
import { AssemblyError } from '../assembly-error.ts';
import { naming, type ResourceType, readProperties, type StackResource } from '../resource-type.ts';

/** A rule of an event bus, which sends matching events to targets. */
export interface EventRule {
  readonly kind: 'event-rule';
  readonly name: string;
  readonly arn: string;
  readonly eventBusName: string;
  /** Valid input of `parseEventPattern`. */
  readonly pattern: unknown;
  readonly enabled: boolean;
  readonly targetArns: readonly string[];
}

/** Limits of EventBridge for the length of a pattern and the targets of a rule (user guide, "Amazon EventBridge quotas"). */
const MAX_PATTERN_LENGTH = 2_048;
const MAX_TARGETS = 5;

// The retry policy applies to failed deliveries; delivery to an embedded function never fails in a retryable way.
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
    .refine((pattern) => JSON.stringify(pattern).length <= MAX_PATTERN_LENGTH, {
      error: `an event pattern can have at most ${MAX_PATTERN_LENGTH} characters`,
    }),
  Name: z
    .string()
    .regex(/^[.\-_A-Za-z0-9]{1,64}$/)
    .optional(),
  State: z.enum(['ENABLED', 'DISABLED']).default('ENABLED'),
  Tags: z.unknown().optional(),
  Targets: z
    .array(target)
    .max(MAX_TARGETS)
    .refine((targets) => new Set(targets.map(({ Id }) => Id)).size === targets.length, {
      error: 'two targets have the same Id',
    })
    .default([]),
});

/** The prefix of a rule's name: the bus and a separator, or nothing for the default bus. */
function busPrefix(resource: StackResource, separator: string): string {
  const bus = resource.property('EventBusName') ?? 'default';
  return bus === 'default' ? '' : `${bus}${separator}`;
}

const { nameOf, arnOf } = naming({
  property: 'Name',
  maxLength: 64,
  service: 'events',
  path: (name, resource) => `rule/${busPrefix(resource, '/')}${name}`,
});

export const eventRule: ResourceType<EventRule> = {
  type: 'AWS::Events::Rule',
  ref: (resource) => `${busPrefix(resource, '|')}${nameOf(resource)}`,
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
