import { InvalidArgumentError } from 'commander';
import { NAMESPACE_NAME, OBJECT_NAME } from '../../contract/kubernetes/object-name.ts';

/** Parses the name of a namespace. Rejects anything that could change the path of a request. */
export function parseNamespaceName(value: string): string {
  if (NAMESPACE_NAME.test(value)) return value;
  throw new InvalidArgumentError(`"${value}" is not a valid namespace name.`);
}

/** Parses the name of a pod or an AWSIAMRole. */
export function parseObjectName(value: string): string {
  if (OBJECT_NAME.test(value)) return value;
  throw new InvalidArgumentError(`"${value}" is not a valid object name.`);
}
