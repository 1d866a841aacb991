import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** A handler as nodejs24.x calls it. Returns its result or a promise of it. */
export type Handler = (event: unknown, context: object) => unknown;

/** The handler of a function cannot be loaded. `name` is the error type that Lambda reports. */
class HandlerError extends Error {
  override readonly name: string;

  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

/** File extensions, in the order in which the runtime tries them. */
const EXTENSIONS = ['.js', '.mjs', '.cjs'];

/**
 * Loads `handler` (`file.export`) from `folder`, as the nodejs24.x runtime does.
 *
 * @throws HandlerError if the file or export does not exist, or if the handler expects a callback, which Lambda no longer
 * supports as of Node.js 24
 */
export async function loadHandler(folder: string, handler: string): Promise<Handler> {
  const [, file, path] = /^((?:.*\/)?[^./]+)\.(.+)$/.exec(handler) ?? [];
  if (!file || !path) {
    throw new HandlerError('Runtime.MalformedHandlerName', `Bad handler '${handler}'`);
  }
  const module = await import(pathToFileURL(findFile(folder, file)).href);
  const found = path.split('.').reduce<unknown>(property, { ...module.default, ...module });
  if (typeof found !== 'function') {
    throw new HandlerError('Runtime.HandlerNotFound', `${handler} is undefined or not exported`);
  }
  if (found.length > 2) {
    throw new HandlerError(
      'Runtime.CallbackHandlerDeprecated',
      `${handler} expects a callback, which nodejs24.x does not support; make it async`,
    );
  }
  return (event, context) => found(event, context);
}

function findFile(folder: string, file: string): string {
  const candidates = EXTENSIONS.map((extension) => join(folder, `${file}${extension}`));
  const found = candidates.find((candidate) => existsSync(candidate));
  if (found === undefined) {
    throw new HandlerError('Runtime.ImportModuleError', `Error: Cannot find module '${file}'`);
  }
  return found;
}

function property(object: unknown, name: string): unknown {
  return typeof object === 'object' && object !== null ? Reflect.get(object, name) : undefined;
}
