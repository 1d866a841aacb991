import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { StartEnvironmentProcess } from '../../../local/aws/lambda/environment-process.ts';
import { runDemo } from '../../../local/demo/run-demo.ts';
import { installOnEmbeddedCluster } from '../../../local/installation/install-on-embedded-cluster.ts';
import { createTerminal } from '../../../tools/terminal/terminal.ts';

/** Runs the demo on an embedded cluster, with another runtime of the functions. Returns its output. */
export async function demoOutput(startProcess: StartEnvironmentProcess): Promise<string> {
  const stream = new PassThrough() as PassThrough & NodeJS.WriteStream;
  const output = text(stream);
  try {
    await runDemo(createTerminal(stream, stream), installOnEmbeddedCluster, startProcess);
  } finally {
    stream.end();
  }
  return output;
}
