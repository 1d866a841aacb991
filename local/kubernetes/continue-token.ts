import { z } from 'zod';
import { badRequest } from './errors/api-error.ts';

const ContinueToken = z.object({
  v: z.literal('meta.k8s.io/v1'),
  rv: z.number().refine((rv) => rv !== 0),
  start: z.string().min(1),
});

/** Where a list goes on. */
export interface ContinueToken {
  /** The version that all pages show; -1 goes on with what is there now. */
  readonly resourceVersion: number;
  /** The first key that may come. */
  readonly start: string;
}

/** Goes on with the newest version, so that the whole is of one moment no more. */
export const INCONSISTENT = -1;

/** Writes a token in the form of the API server; to clients it means nothing. */
export function encodeContinueToken({ resourceVersion, start }: ContinueToken): string {
  const token = { v: 'meta.k8s.io/v1', rv: resourceVersion, start };
  return Buffer.from(JSON.stringify(token)).toString('base64url');
}

/** @throws ApiError 400 for what was never a token */
export function decodeContinueToken(text: string): ContinueToken {
  try {
    const { rv, start } = ContinueToken.parse(
      JSON.parse(Buffer.from(text, 'base64url').toString()),
    );
    return { resourceVersion: rv, start };
  } catch (cause) {
    const why = cause instanceof SyntaxError ? cause.message : 'incorrect encoding';
    throw badRequest(`invalid continue token: continue key is not valid: ${why}`);
  }
}
