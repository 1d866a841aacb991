/**
 * The errors of a run. A leaf says what its reader can do: wait for the next run, or change a setting. What goes wrong
 * with one role, pod or Secret is an outcome in the report, not an error. No message holds a credential, and `cause`
 * keeps the original.
 */
export abstract class RefresherError extends Error {
  abstract override readonly name: string;
}
