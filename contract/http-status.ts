/** HTTP status codes, as the Kubernetes API uses them. */
export const HTTP_STATUS = {
  ok: 200,
  badRequest: 400,
  unauthorized: 401,
  /** A permission is missing, a quota is exhausted, or admission refused the object. */
  forbidden: 403,
  notFound: 404,
  /** The object already exists, or its `resourceVersion` is not the expected one. */
  conflict: 409,
  /** The continue token or `resourceVersion` of a list or watch has expired. */
  gone: 410,
  unprocessableEntity: 422,
  tooManyRequests: 429,
  internalServerError: 500,
  serviceUnavailable: 503,
  /** The API server did not complete the request in its time. */
  gatewayTimeout: 504,
} as const;

/** Whether the same request may succeed later: the server throttled it or failed. */
export function isRetryableStatus(status: number): boolean {
  return status === HTTP_STATUS.tooManyRequests || status >= HTTP_STATUS.internalServerError;
}
