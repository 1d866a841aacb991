import { notAcceptable } from '../errors/api-error.ts';

/** Representation of objects: complete, or their metadata only. */
export type Representation = 'object' | 'metadata';

interface MediaType {
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
}

/**
 * Picks the first representation in an `Accept` header that this server supports. It supports JSON only; clients that
 * prefer protobuf list JSON second.
 *
 * @throws ApiError 406 when it supports none of them, or for the representation of an object in a request for a list
 */
export function negotiateRepresentation(
  accept: string | undefined,
  isList: boolean,
): Representation {
  const clauses = (accept || '*/*').split(',').map(parseMediaType);
  for (const clause of clauses) {
    const representation = isJson(clause) ? representationOf(clause, isList) : undefined;
    if (representation) return representation;
  }
  throw notAcceptable('only the following media types are accepted: application/json');
}

function parseMediaType(text: string): MediaType {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim());
  return {
    type: type.toLowerCase(),
    parameters: new Map(
      parameters.map((parameter) => {
        const [name = '', value = ''] = parameter.split('=');
        return [name, value];
      }),
    ),
  };
}

function isJson({ type }: MediaType): boolean {
  return ['application/json', 'application/*', '*/*'].includes(type);
}

function representationOf({ parameters }: MediaType, isList: boolean): Representation | undefined {
  const as = parameters.get('as');
  if (as === undefined) return 'object';
  if (parameters.get('g') !== 'meta.k8s.io' || parameters.get('v') !== 'v1') return undefined;
  if (as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList') {
    if ((as === 'PartialObjectMetadataList') === isList) return 'metadata';
    throw notAcceptable(
      `you requested ${as}, but the requested object is ${isList ? 'a' : 'not a'} list`,
    );
  }
  return undefined;
}
