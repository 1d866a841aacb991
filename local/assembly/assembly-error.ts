/** A cloud assembly, or a template in it, that AWS would refuse or that says something which is not run here. */
export class AssemblyError extends Error {
  override readonly name = 'AssemblyError';
}
