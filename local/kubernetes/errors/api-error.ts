import type { FieldError } from './field-error.ts';
import { aggregateMessage } from './field-error.ts';

/** The `details` of a `Status`: the object that an error is about. */
interface ApiErrorDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly { reason: string; message: string; field?: string }[];
  readonly retryAfterSeconds?: number;
}

/** An error of the API, answered as a `Status` object. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: number;
  readonly reason: string;
  readonly details: ApiErrorDetails | undefined;
  /** The token that continues an expired list inconsistently. */
  readonly fallbackContinue: string | undefined;

  constructor(
    code: number,
    reason: string,
    message: string,
    details?: ApiErrorDetails,
    fallbackContinue?: string,
  ) {
    super(message);
    this.code = code;
    this.reason = reason;
    this.details = details;
    this.fallbackContinue = fallbackContinue;
  }

  /** Renders the body of the response. */
  toStatus(): object {
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: this.fallbackContinue ? { continue: this.fallbackContinue } : {},
      status: 'Failure',
      message: this.message,
      ...(this.reason && { reason: this.reason }),
      ...(this.details && { details: this.details }),
      code: this.code,
    };
  }
}

/** A resource in error messages: `pods`, or `things.example.com` outside the core group. */
export interface ResourceName {
  readonly group: string;
  readonly plural: string;
}

const detailsOf = ({ group, plural }: ResourceName, name: string): ApiErrorDetails => ({
  ...(name && { name }),
  ...(group && { group }),
  kind: plural,
});

const qualified = ({ group, plural }: ResourceName) => (group ? `${plural}.${group}` : plural);

export const badRequest = (message: string) => new ApiError(400, 'BadRequest', message);

export const unauthorized = () => new ApiError(401, 'Unauthorized', 'Unauthorized');

/** @param why - message after "is forbidden: " */
export const forbidden = (
  resource: ResourceName,
  name: string,
  why: string,
  causes?: ApiErrorDetails['causes'],
) =>
  new ApiError(
    403,
    'Forbidden',
    `${qualified(resource)}${name ? ` "${name}"` : ''} is forbidden: ${why}`,
    { ...detailsOf(resource, name), ...(causes && { causes }) },
  );

export const notFound = (resource: ResourceName, name: string) =>
  new ApiError(
    404,
    'NotFound',
    `${qualified(resource)} "${name}" not found`,
    detailsOf(resource, name),
  );

/** @param missing - what this server does not serve */
export const noSuchResource = (missing: string) =>
  new ApiError(
    404,
    'NotFound',
    `the server could not find the requested resource: the embedded Kubernetes API has no ${missing}`,
    {},
  );

export const methodNotAllowed = () =>
  new ApiError(
    405,
    'MethodNotAllowed',
    'the server does not allow this method on the requested resource',
    {},
  );

export const alreadyExists = (resource: ResourceName, name: string) =>
  new ApiError(
    409,
    'AlreadyExists',
    `${qualified(resource)} "${name}" already exists`,
    detailsOf(resource, name),
  );

/** @param what - the resource for an update, the kind for a precondition of a deletion */
export const conflict = (what: ResourceName, name: string, why: string) =>
  new ApiError(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${qualified(what)} "${name}": ${why}`,
    detailsOf(what, name),
  );

/** The continue token, or the `resourceVersion` of a watch, was compacted. */
export const expired = (message: string, fallbackContinue?: string) =>
  new ApiError(410, 'Expired', message, undefined, fallbackContinue);

export const notAcceptable = (message: string) => new ApiError(406, 'NotAcceptable', message);

export const unsupportedMediaType = (message: string) =>
  new ApiError(415, 'UnsupportedMediaType', message, {});

/** The object is invalid. Each error is a cause in the details. */
export const invalid = (what: ResourceName, name: string, errors: readonly FieldError[]) =>
  new ApiError(
    422,
    'Invalid',
    `${qualified(what)} "${name}" is invalid: ${aggregateMessage(errors)}`,
    { ...detailsOf(what, name), causes: errors },
  );

/** A feature of Kubernetes that this server does not have. An error is better than a wrong response. */
export const notImplemented = (what: string) =>
  new ApiError(501, 'NotImplemented', `the embedded Kubernetes API does not support ${what}`, {});
