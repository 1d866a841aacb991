/**
 * Returns the candidate that `word` probably is a typo of, or undefined when none is similar: the edit distance, ignoring
 * case, is at most a third of the candidate's length.
 */
export function closestName(word: string, candidates: readonly string[]): string | undefined {
  const ranked = candidates
    .map((name) => ({ name, distance: editDistance(word.toLowerCase(), name.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  return best !== undefined && best.distance <= best.name.length / 3 ? best.name : undefined;
}

/** Levenshtein distance: how many letters to add, remove or replace to turn one word into the other. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (const letter of from) {
    const next = [(row[0] ?? 0) + 1];
    for (let i = 0; i < to.length; i++) {
      const replaced = (row[i] ?? 0) + (to[i] === letter ? 0 : 1);
      next.push(Math.min(replaced, (row[i + 1] ?? 0) + 1, (next[i] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
