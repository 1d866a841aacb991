import type { FaultFact } from '../../invariants/facts.ts';
import type { Random } from './random.ts';
import { HOUR, MINUTE, type VirtualTime } from './virtual-time.ts';

interface RoleDenialDeps {
  readonly time: VirtualTime;
  readonly random: Random;
  /** ARNs of the roles that may be denied. */
  readonly roles: readonly string[];
  /** ARNs of the roles that are denied now. */
  readonly denied: Set<string>;
  readonly record: (fact: FaultFact) => void;
  /** When the last denial has ended, in milliseconds since the start. */
  readonly until: number;
}

/** Breaks trust policies of roles for a while. */
export function startRoleDenials({
  time,
  random,
  roles,
  denied,
  record,
  until,
}: RoleDenialDeps): void {
  const deny = (roleArn: string, length: number): void => {
    if (denied.has(roleArn)) return;
    denied.add(roleArn);
    record({ kind: 'fault', affected: { roleArn }, phase: 'begins' });
    time.after(length, () => {
      denied.delete(roleArn);
      record({ kind: 'fault', affected: { roleArn }, phase: 'ends' });
    });
  };
  const next = () =>
    time.after(random.wait(4 * HOUR), () => {
      const length = random.wait(40 * MINUTE);
      if (time.elapsed + length >= until) return;
      deny(random.pick(roles), length);
      next();
    });
  next();
}
