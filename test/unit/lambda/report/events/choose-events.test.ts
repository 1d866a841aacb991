import { describe, expect, it } from 'vitest';
import { chooseEvents } from '../../../../../lambda/report/events/choose-events.ts';
import type { DueEvent } from '../../../../../lambda/report/events/event-history.ts';
import { NOW } from '../../../../support/builders/builders.ts';
import { anEvent, aPodReference } from '../../../../support/builders/event-builders.ts';

const due = (name: string, namespace: string, isNew = true): DueEvent => ({
  event: anEvent({}, aPodReference(name, namespace)),
  name,
  isNew,
  occurrences: 1,
});
const many = (count: number, namespace: string) =>
  Array.from({ length: count }, (_each, index) => due(`${namespace}-${index}`, namespace));
const PLENTY = { remainingQuota: () => 25 };
const namesOf = (chosen: readonly DueEvent[]) => chosen.map(({ name }) => name);

describe('chooseEvents', () => {
  it('chooses a hundred, with a share for every namespace', () => {
    const chosen = chooseEvents([...many(1_000, 'flood'), ...many(3, 'bank')], PLENTY, NOW);
    expect(chosen).toHaveLength(100);
    expect(namesOf(chosen).slice(0, 7)).toEqual([
      'flood-0',
      'bank-0',
      'flood-1',
      'bank-1',
      'flood-2',
      'bank-2',
      'flood-3',
    ]);
  });

  it("chooses a namespace's new Events before repeated ones", () => {
    const repeated = due('repeated', 'shop', false);
    const chosen = chooseEvents(
      [repeated, due('new', 'shop'), due('other', 'bank', false)],
      PLENTY,
      NOW,
    );
    expect(namesOf(chosen)).toEqual(['new', 'other', 'repeated']);
  });

  it('respects the quota of an object', () => {
    const ofOne = Array.from({ length: 5 }, (_each, index) => ({
      ...due('web', 'shop'),
      name: `${index}`,
    }));
    const remainingQuota = ({ uid }: { readonly uid: string }) => (uid === 'uid-of-web' ? 2.9 : 25);
    const chosen = chooseEvents([...ofOne, due('other', 'shop')], { remainingQuota }, NOW);
    expect(namesOf(chosen)).toEqual(['0', '1', 'other']);
  });
});
