import { describe, expect, it } from 'vitest';
import { divertOutput } from '../../../../in-cluster/monitoring/log-lines.ts';

function createStream() {
  const output: string[] = [];
  const stream = {
    write(text: string) {
      output.push(text);
      return true;
    },
  };
  const received = { metrics: [] as string[], log: [] as string[] };
  divertOutput(stream as never, {
    metrics: (line) => received.metrics.push(line),
    log: (line) => received.log.push(line),
  });
  return { output, received, write: stream.write as (...args: unknown[]) => boolean };
}

const METRICS = '{"_aws":{"Timestamp":1},"RunsCompleted":1}';

describe('divertOutput', () => {
  it('keeps metrics out of the output', () => {
    const { output, received, write } = createStream();
    write(`{"level":"INFO"}\n${METRICS}\n`);
    write('plain\n');
    expect(received).toEqual({ metrics: [METRICS], log: ['{"level":"INFO"}', 'plain'] });
    expect(output).toEqual(['{"level":"INFO"}\n', 'plain\n']);
  });

  it('joins lines that are written in pieces, as bytes too', () => {
    const { received, write } = createStream();
    write('{"_a');
    write(Buffer.from(`ws":{}}\n`));
    expect(received).toEqual({ metrics: ['{"_aws":{}}'], log: [] });
  });

  it('does not treat a log line that quotes metrics as metrics', () => {
    const { received, write } = createStream();
    const line = JSON.stringify({ level: 'WARN', message: METRICS });
    write(`${line}\n`);
    expect(received).toEqual({ metrics: [], log: [line] });
  });

  it('calls the callback of a write', async () => {
    const { write } = createStream();
    await new Promise((resolve) => write('one\n', 'utf8', resolve));
    await new Promise((resolve) => write('two\n', resolve));
  });
});
