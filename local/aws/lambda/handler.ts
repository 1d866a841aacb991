import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** A handler as nodejs24.x calls it. Returns its result or a promise of it. */
export type Handler = (event: unknown, context: object) => unknown;

/** An error that the runtime reports itself, such as a handler that cannot be loaded. `name` is the error type. */
export class RuntimeError extends Error {
  override readonly name: string;

  constructor(name: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = name;
  }
}

/** File extensions, in the order in which the runtime tries them. */
const EXTENSIONS = ['.js', '.mjs', '.cjs'];

/**
 * Loads `handler` (`file.export`) from `folder`, as the nodejs24.x runtime does.
 *
 * @throws RuntimeError if the file or export does not exist, if the file has a syntax error, or if the handler expects a
 * callback, which Lambda no longer supports as of Node.js 24
 */
export async function loadHandler(folder: string, handler: string): Promise<Handler> {
  if (handler.includes('..')) {
    throw new RuntimeError(
      'Runtime.MalformedHandlerName',
      `'${handler}' is not a valid handler name. Use absolute paths when specifying root directories in handler names.`,
    );
  }
  const [, file, path] = /^((?:.*\/)?[^./]+)\.(.*)$/.exec(handler) ?? [];
  if (file === undefined || path === undefined) {
    throw new RuntimeError('Runtime.MalformedHandlerName', 'Bad handler');
  }
  const module = await importModule(findFile(folder, file));
  const found = path.split('.').reduce(property, { ...module.default, ...module });
  if (typeof found !== 'function') {
    const problem = found ? 'is not a function' : 'is undefined or not exported';
    throw new RuntimeError('Runtime.HandlerNotFound', `${handler} ${problem}`);
  }
  if (found.length > 2) {
    throw new RuntimeError(
      'Runtime.CallbackHandlerDeprecated',
      `${handler} expects a callback, which nodejs24.x does not support; make it async`,
    );
  }
  return (event, context) => found(event, context);
}

async function importModule(file: string) {
  try {
    return await import(pathToFileURL(file).href);
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new RuntimeError('Runtime.UserCodeSyntaxError', String(cause), { cause });
  }
}

function findFile(folder: string, file: string): string {
  const candidates = EXTENSIONS.map((extension) => join(folder, `${file}${extension}`));
  const found = candidates.find((candidate) => existsSync(candidate));
  if (found === undefined) {
    throw new RuntimeError('Runtime.ImportModuleError', `Error: Cannot find module '${file}'`);
  }
  return found;
}

function property(object: unknown, name: string): unknown {
  return typeof object === 'object' && object !== null ? Reflect.get(object, name) : undefined;
}
