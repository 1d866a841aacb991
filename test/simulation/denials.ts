import type { Fact } from '../invariants/facts.ts';
import type { Random } from './random.ts';
import { HOUR, MINUTE, type VirtualTime } from './virtual-time.ts';

export interface DenialDeps {
  readonly time: VirtualTime;
  readonly random: Random;
  /** The ARNs of the roles whose trust policies may break. */
  readonly roles: readonly string[];
  /** Those that are broken now. */
  readonly denied: Set<string>;
  readonly see: (fact: Fact) => void;
  /** None breaks after, and all are mended by then, in milliseconds. */
  readonly until: number;
}

/** Has trust policies break, and be mended. */
export function startDenials({ time, random, roles, denied, see, until }: DenialDeps): void {
  const deny = (roleArn: string, length: number): void => {
    if (denied.has(roleArn)) return;
    denied.add(roleArn);
    see({ kind: 'trouble', with: { roleArn }, phase: 'begins' });
    time.after(length, () => {
      denied.delete(roleArn);
      see({ kind: 'trouble', with: { roleArn }, phase: 'ends' });
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
