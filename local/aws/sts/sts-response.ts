import type { AwsResponse } from '../http/aws-server.ts';
import type { ErrorDetails } from '../http/service-error.ts';
import type { SignedRequest } from '../http/signature-claim.ts';

/** The elements of a response, by name and in order; nested elements are nested objects. */
export interface Elements {
  readonly [name: string]: string | Elements;
}

const NAMESPACE = 'https://sts.amazonaws.com/doc/2011-06-15/';

/** Serializes the result of `action` as XML, or as JSON for clients that accept it, as aws-iam-authenticator does. */
export function stsResponse(
  request: SignedRequest,
  action: string,
  result: Elements,
  requestId: string,
): AwsResponse {
  const content = {
    [`${action}Result`]: result,
    ResponseMetadata: { RequestId: requestId },
  };
  if (acceptsJson(request)) return json(200, { [`${action}Response`]: content });
  return xml(200, `${action}Response`, content);
}

/** Serializes an error. Its type is `Sender` for 4xx and `Receiver` for 5xx. */
export function stsErrorResponse(
  request: SignedRequest,
  { status, code, message }: ErrorDetails,
  requestId: string,
): AwsResponse {
  const content = {
    Error: { Type: status < 500 ? 'Sender' : 'Receiver', Code: code, Message: message },
    RequestId: requestId,
  };
  return acceptsJson(request) ? json(status, content) : xml(status, 'ErrorResponse', content);
}

function acceptsJson({ headers }: SignedRequest): boolean {
  return headers['accept'] === 'application/json';
}

function json(status: number, body: unknown): AwsResponse {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

function xml(status: number, root: string, content: Elements): AwsResponse {
  return {
    status,
    headers: { 'content-type': 'text/xml' },
    body: `<${root} xmlns="${NAMESPACE}">\n${toXml(content)}\n</${root}>\n`,
  };
}

function toXml(elements: Elements, indent = '  '): string {
  return Object.entries(elements)
    .map(([name, value]) => {
      const inner = typeof value === 'string' ? escapeXml(value) : nested(value, indent);
      return `${indent}<${name}>${inner}</${name}>`;
    })
    .join('\n');
}

function nested(elements: Elements, indent: string): string {
  return `\n${toXml(elements, `${indent}  `)}\n${indent}`;
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
