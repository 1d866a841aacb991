import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadHandler } from '../../../../../local/aws/lambda/handler.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'handler-'));
  mkdirSync(join(folder, 'nested'));
  writeFileSync(
    join(folder, 'index.mjs'),
    'export const handler = async () => "mjs"; export const value = 1;',
  );
  writeFileSync(join(folder, 'nested/deep.mjs'), 'export const a = { b: () => "deep" };');
  writeFileSync(join(folder, 'old.cjs'), 'exports.handler = () => "cjs";');
  writeFileSync(
    join(folder, 'callback.mjs'),
    'export const handler = (event, context, callback) => callback();',
  );
  writeFileSync(join(folder, 'broken.mjs'), 'throw new TypeError("at import");');
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('a handler', () => {
  it.each([
    ['index.handler', 'mjs'],
    ['nested/deep.a.b', 'deep'],
    ['old.handler', 'cjs'],
  ])('%s is loaded', async (name, expected) => {
    const handler = await loadHandler(folder, name);
    expect(await handler({}, {})).toBe(expected);
  });

  it.each([
    ['index.hanlder', 'Runtime.HandlerNotFound', 'index.hanlder is undefined or not exported'],
    ['idnex.handler', 'Runtime.ImportModuleError', "Error: Cannot find module 'idnex'"],
    ['index', 'Runtime.MalformedHandlerName', 'Bad handler'],
    ['index.', 'Runtime.HandlerNotFound', 'index. is undefined or not exported'],
    ['index.value', 'Runtime.HandlerNotFound', 'index.value is not a function'],
    ['../index.handler', 'Runtime.MalformedHandlerName', /is not a valid handler name/],
    ['callback.handler', 'Runtime.CallbackHandlerDeprecated', /expects a callback/],
    ['broken.handler', 'TypeError', 'at import'],
  ])('%s fails with %s', async (name, errorType, message) => {
    const failure = await loadHandler(folder, name).catch((error: unknown) => error);
    expect(failure).toMatchObject({ name: errorType });
    expect(String(failure)).toMatch(message);
  });
});
