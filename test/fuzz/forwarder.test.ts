import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findPodWants } from '../../forwarder/find-pod-wants.ts';
import { findResourceWants } from '../../forwarder/find-resource-wants.ts';
import { lineSplitter } from '../../forwarder/split-lines.ts';
import { parseWatchEvent } from '../../forwarder/watch-event.ts';
import { NOW } from '../support/builders.ts';
import { recordedJson } from '../unit/observe/recorded-list.ts';
import { EXAMPLES, hostileText, hostileValue, mutated } from './hostile.ts';

const LONGEST = 100;

/** The bytes in pieces that may end anywhere, in a character too. */
const pieces = (bytes: Buffer) =>
  fc.array(fc.nat({ max: bytes.length }), { maxLength: 8 }).map((cuts) => {
    const ends = [0, ...cuts.toSorted((a, b) => a - b), bytes.length];
    return ends.slice(1).map((end, i) => bytes.subarray(ends[i], end));
  });

const line = hostileText.map((text) => text.replaceAll('\n', '').slice(0, LONGEST / 4));

describe('whatever comes over a watch', () => {
  it('is the lines that were sent, wherever it was cut', () => {
    const stream = fc
      .array(line)
      .chain((lines) =>
        fc.tuple(fc.constant(lines), pieces(Buffer.from(lines.map((one) => `${one}\n`).join('')))),
      );
    fc.assert(
      fc.property(stream, ([lines, chunks]) => {
        const split = lineSplitter();
        const found = chunks.flatMap(split);
        const sent = lines.map((one) => Buffer.from(one).toString());
        expect(found).toEqual(sent.filter((one) => one.trim() !== ''));
      }),
      EXAMPLES,
    );
  });

  it('never is kept beyond the longest line', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 50 })), (chunks) => {
        const split = lineSplitter(LONGEST);
        let begun = 0;
        for (const chunk of chunks) {
          const end = chunk.lastIndexOf(10);
          begun = end < 0 ? begun + chunk.length : chunk.length - end - 1;
          if (begun <= LONGEST) split(Buffer.from(chunk));
          else return expect(() => split(Buffer.from(chunk))).toThrow('bytes');
        }
        return undefined;
      }),
      EXAMPLES,
    );
  });

  it('is an event whose wants can be, or is unreadable', () => {
    const [pod] = recordedJson('pods-1').items ?? [];
    const sent = { type: 'ADDED', object: pod };
    const text = fc.oneof(
      hostileText,
      hostileValue.map((value) => JSON.stringify(value)),
      mutated(sent).map((value) => JSON.stringify(value)),
    );
    fc.assert(
      fc.property(text, (one) => {
        for (const find of [findPodWants, findResourceWants]) expectWants(one, find);
      }),
      EXAMPLES,
    );
  });
});

/** What cannot be read throws, and is counted where the watch is followed. */
function expectWants(text: string, find: typeof findPodWants): void {
  let wants: ReturnType<typeof findPodWants>;
  try {
    const event = parseWatchEvent(text);
    if (!('object' in event)) return;
    wants = find(event, NOW);
  } catch (error) {
    expect(error).toBeInstanceOf(Error);
    return;
  }
  for (const { want } of wants) {
    for (const value of Object.values(want)) expect(value).toEqual(expect.any(String));
  }
}
