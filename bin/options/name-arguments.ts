import { InvalidArgumentError } from 'commander';
import { NAMESPACE_NAME, OBJECT_NAME } from '../../contract/object-name.ts';

/** Takes the name of a namespace, and nothing that would make another path of it. */
export function namespaceName(given: string): string {
  if (NAMESPACE_NAME.test(given)) return given;
  throw new InvalidArgumentError(`"${given}" is no name of a namespace.`);
}

/** Takes the name of a pod or an AWSIAMRole. */
export function objectName(given: string): string {
  if (OBJECT_NAME.test(given)) return given;
  throw new InvalidArgumentError(`"${given}" is no name of a Kubernetes object.`);
}
