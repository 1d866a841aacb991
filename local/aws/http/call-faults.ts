import { createFaultPlan, type FaultPlan, type Faults } from '../../fault-plan.ts';

/** What goes wrong with a call of an AWS API. */
export type CallFault =
  /** The response is delayed, in real time; the call is otherwise carried out. */
  | { readonly kind: 'delay'; readonly milliseconds: number }
  /** The service responds with an error. */
  | {
      readonly kind: 'error';
      readonly status: number;
      readonly code: string;
      readonly message: string;
    }
  /** The connection is closed without a response. */
  | { readonly kind: 'drop' }
  /** The response has status 200 and a body that cannot be parsed. */
  | { readonly kind: 'garbage'; readonly body: string };

/** A fault that replaces the response. */
export type FinalFault = Exclude<CallFault, { readonly kind: 'delay' }>;

/** The error of an STS whose quota is exceeded. */
export const STS_THROTTLING: CallFault = {
  kind: 'error',
  status: 400,
  code: 'Throttling',
  message: 'Rate exceeded',
};

/** What a call does, as far as it can be read before the call is authorized. */
export interface CallTarget {
  /** E.g. `AssumeRole`. */
  readonly action: string;
  /** What the action is performed on: a role's ARN, a cluster's name. */
  readonly resource: string | undefined;
}

/** The faults of an AWS service. Of several that match a call, all delays and the first other fault apply. */
export type CallFaults = Faults<CallFault, CallTarget>;

/** Creates a plan without faults. */
export function createCallFaultPlan(): FaultPlan<CallFault, CallTarget> {
  return createFaultPlan(isFinal);
}

/** Whether a fault replaces the response. */
export function isFinal(fault: CallFault): fault is FinalFault {
  return fault.kind !== 'delay';
}
