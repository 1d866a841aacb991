/** A resource of a template. */
export interface Resource {
  Type: string;
  DependsOn?: string[];
  Properties: Properties;
}
export type Resources = Record<string, Resource>;

export interface Statement {
  Sid?: string;
  Action: string | string[];
}

/** A policy document. */
interface Policy {
  Statement: Statement[];
}

/** The properties that mutations change, of all types of resources. A resource has those of its type. */
export interface Properties {
  // Schedules
  Target: { Input: string; Arn: unknown; RoleArn: unknown };
  ScheduleExpression: string;
  // Schedules and rules
  State: string;
  // Rules and event buses
  EventPattern: { source: string[]; 'detail-type': string[] };
  EventBusName?: string;
  Targets: { Arn: unknown }[];
  Name: string;
  // Permissions
  Principal: string;
  SourceArn: unknown;
  Action: string;
  // Permissions and functions
  FunctionName: unknown;
  // Access entries
  KubernetesGroups?: string[];
  PrincipalArn: unknown;
  ClusterName: string;
  // Functions
  Handler: string;
  Role: unknown;
  Timeout: number;
  LoggingConfig: { ApplicationLogLevel: string };
  ReservedConcurrentExecutions?: number;
  Environment?: { Variables: Record<string, unknown> };
  MaximumRetryAttempts: number;
  MaximumEventAgeInSeconds: number;
  // Roles and policies
  RoleName?: string;
  AssumeRolePolicyDocument?: Policy;
  Policies?: { PolicyDocument: Policy }[];
  PolicyDocument?: Policy;
  KeyPolicy?: Policy;
  // Charts
  Namespace: string;
  Values: unknown;
}
