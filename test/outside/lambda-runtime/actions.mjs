/* A function whose actions use the runtime in every way that this project's functions could. */
import { Console } from 'node:console';

console.log('initialized');

class QueryError extends Error {
  name = 'QueryError';
  code = 'E42';
  $metadata = { attempts: 3, secret: ['nested', { deep: { deeper: { deepest: true } } }] };
}

const circular = {};
circular.self = circular;

const actions = {
  nothing: () => undefined,
  value: () => ({ a: 1, dropped: undefined }),
  null: () => null,
  notJson: () => circular,
  bigint: () => 1n,
  trace: () => process.env._X_AMZN_TRACE_ID,
  // The embedded runtime has no API.
  variables: () =>
    Object.keys(process.env)
      .filter((name) => name !== 'AWS_LAMBDA_RUNTIME_API')
      .sort(),
  context: (_event, context) => {
    const { getRemainingTimeInMillis, ...values } = context;
    const seconds = getRemainingTimeInMillis() / 1_000;
    return {
      names: Object.keys(context).sort(),
      values,
      isPlausible: seconds > 25 && seconds <= 30,
    };
  },
  levels: () => {
    for (const level of ['trace', 'debug', 'info', 'log', 'warn', 'error']) console[level](level);
  },
  formats: () => {
    console.log('%s is %d, %j, %o', 'x', 1, { a: 1 }, [1], 'more', { b: { c: { d: { e: 1 } } } });
    console.log();
    console.log(undefined);
    console.log({ a: [1, 2], b: new Date(0), n: true });
    console.log([1, 'two'], 'rest');
    console.log('two\nlines\r\n', 'and "quotes" \u007f ü');
    console.log(null, 1);
    console.log(Symbol('x'));
    console.log(() => 1);
    console.log(1n);
    console.log(circular);
  },
  errors: () => {
    console.log(withoutStack(new QueryError('first')));
    console.error(
      'failed:',
      withoutStack(new QueryError('second')),
      withoutStack(new Error('third')),
    );
    console.warn({ err: withoutStack(new TypeError('inside')), cause: 1 });
    console.info(
      withoutStack(Object.assign(new Error('caused'), { cause: withoutStack(new Error('by')) })),
    );
  },
  raw: () => {
    process.stdout.write('{"raw":true}\n');
    process.stderr.write('to stderr\n');
    process.stdout.write('no newline');
    new Console({ stdout: process.stdout, stderr: process.stderr }).error('own console');
  },
  later: async () => {
    await new Promise((resolve) => setTimeout(resolve, 5));
    console.log('later');
  },
  rejectLater: async () => {
    await new Promise((resolve) => setTimeout(resolve, 5));
    throw withoutStack(new Error('later'));
  },
  throwError: () => {
    throw withoutStack(new RangeError('on request \u007f'));
  },
  throwCustom: () => {
    throw withoutStack(new QueryError('with fields'));
  },
  throwText: () => {
    throw 'just text';
  },
  throwObject: () => {
    throw { message: 'an object', password: 'x' };
  },
  throwUndefined: () => {
    throw undefined;
  },
  throwNested: () => {
    throw withoutStack(new AggregateError([withoutStack(new Error('one'))], 'several'));
  },
};

/** The stacks of the two runtimes differ below the handler. */
function withoutStack(error) {
  error.stack = `${error.name}: ${error.message}\n    at somewhere (/var/task/index.mjs:1:1)`;
  return error;
}

export const handler = async (event, context) => actions[event.action](event, context);
