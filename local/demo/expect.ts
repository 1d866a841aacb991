/** Ends the demo with the claim that turned out not to be true. */
export function expect(isTrue: boolean, claim: string): asserts isTrue {
  if (!isTrue) throw new Error(`this should be true and is not: ${claim}`);
}
