/**
 * True when `text` matches `pattern`, in which `*` stands for any run of characters, the empty one too. Takes time in
 * proportion to the product of the two lengths at most, whatever the pattern: patterns come from cluster users.
 *
 * @param anyOne - the character that stands for exactly one, `?` in IAM; kube2iam's globs have none
 */
export function matchGlob(pattern: string, text: string, anyOne?: '?'): boolean {
  let p = 0;
  let t = 0;
  let star = -1;
  let resume = 0;
  while (t < text.length) {
    // The star first: a text may hold the character itself.
    if (pattern[p] === '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.length && (pattern[p] === text[t] || pattern[p] === anyOne)) {
      p++;
      t++;
    } else if (star >= 0) {
      // Only the last star need ever give way: what came before it has matched already.
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}
