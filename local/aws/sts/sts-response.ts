import type { AwsResponse, AwsError } from '../http/aws-server.ts';
import type { SignedRequest } from '../http/signature-claim.ts';

/** The body of an STS answer: elements by name, in order, nested where they are. */
export interface Elements {
  readonly [name: string]: string | Elements;
}

const NAMESPACE = 'https://sts.amazonaws.com/doc/2011-06-15/';

/** The answer to `action`, as XML or, for who accepts only JSON (as the EKS authenticator does), as JSON. */
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

/** An STS error: 4xx is the sender's fault, 5xx the receiver's. */
export function stsErrorResponse(request: SignedRequest, error: AwsError, requestId: string): AwsResponse {
  const content = {
    Error: {
      Type: error.status < 500 ? 'Sender' : 'Receiver',
      Code: error.code,
      Message: error.message,
    },
    RequestId: requestId,
  };
  const answer = acceptsJson(request)
    ? json(error.status, content)
    : xml(error.status, 'ErrorResponse', content);
  return { ...answer, caller: error.caller, errorCode: error.code };
}

function acceptsJson({ headers }: SignedRequest): boolean {
  return headers['accept'] === 'application/json';
}

function json(status: number, body: unknown): AwsResponse {
  return {
    status,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  };
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
