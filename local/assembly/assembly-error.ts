/** A cloud assembly that AWS would reject, or that the embedded cloud does not support. */
export class AssemblyError extends Error {
  override readonly name = 'AssemblyError';
}
