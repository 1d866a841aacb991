/** A request as it was received. */
export interface SignedRequest {
  readonly method: string;
  /** Without the query; not decoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Names are in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What a request states about its signature, in the `Authorization` header or in the query. */
export interface SignatureClaim {
  readonly presigned: boolean;
  readonly accessKeyId: string;
  /** `date/region/service/aws4_request`. */
  readonly scope: readonly string[];
  readonly amzDate: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  readonly sessionToken: string | undefined;
}

/** Reads the claim of a request; undefined when it has no signature of version 4. */
export function readSignatureClaim(request: SignedRequest): SignatureClaim | undefined {
  return headerClaim(request) ?? queryClaim(request);
}

function headerClaim(request: SignedRequest): SignatureClaim | undefined {
  const header = request.headers['authorization'];
  const parts =
    /^AWS4-HMAC-SHA256 +Credential=([^,]+), *SignedHeaders=([^,]+), *Signature=(\w+)$/.exec(
      header ?? '',
    );
  const [, credential = '', signedHeaders = '', signature = ''] = parts ?? [];
  const [accessKeyId = '', ...scope] = credential.split('/');
  const amzDate = request.headers['x-amz-date'];
  if (!parts || !amzDate) return undefined;
  const sessionToken = request.headers['x-amz-security-token'];
  return {
    presigned: false,
    accessKeyId,
    scope,
    amzDate,
    signedHeaders: signedHeaders.split(';'),
    signature,
    sessionToken,
  };
}

function queryClaim({ query }: SignedRequest): SignatureClaim | undefined {
  const [credential, amzDate] = [query.get('X-Amz-Credential'), query.get('X-Amz-Date')];
  const signature = query.get('X-Amz-Signature');
  if (query.get('X-Amz-Algorithm') !== 'AWS4-HMAC-SHA256') return undefined;
  if (!credential || !amzDate || !signature) return undefined;
  const [accessKeyId = '', ...scope] = credential.split('/');
  return {
    presigned: true,
    accessKeyId,
    scope,
    amzDate,
    signedHeaders: (query.get('X-Amz-SignedHeaders') ?? '').split(';'),
    signature,
    sessionToken: query.get('X-Amz-Security-Token') ?? undefined,
  };
}
