import { describe, expect, it } from 'vitest';
import { chooseEvents } from '../../../../../lambda/report/events/choose-events.ts';
import type { DueEvent } from '../../../../../lambda/report/events/event-history.ts';
import { NOW } from '../../../../support/builders.ts';
import { anEvent, aPodReference } from '../../../../support/event-builders.ts';

const due = (name: string, namespace: string, isNews = true): DueEvent => ({
  event: anEvent({}, aPodReference(name, namespace)),
  name,
  isNew: isNews,
  occurrences: 1,
});
const many = (count: number, namespace: string) =>
  Array.from({ length: count }, (_each, index) => due(`${namespace}-${index}`, namespace));
const PLENTY = { allowance: () => 25 };
const namesOf = (chosen: readonly DueEvent[]) => chosen.map(({ name }) => name);

describe('chooseEvents', () => {
  it('takes a hundred, and leaves every namespace its share of them', () => {
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

  it("takes a namespace's news before what is known", () => {
    const known = due('known', 'shop', false);
    const chosen = chooseEvents(
      [known, due('news', 'shop'), due('other', 'bank', false)],
      PLENTY,
      NOW,
    );
    expect(namesOf(chosen)).toEqual(['news', 'other', 'known']);
  });

  it('takes no more for an object than it may get', () => {
    const ofOne = Array.from({ length: 5 }, (_each, index) => ({
      ...due('web', 'shop'),
      name: `${index}`,
    }));
    const allowance = (uid: string) => (uid === 'uid-of-web' ? 2.9 : 25);
    const chosen = chooseEvents([...ofOne, due('other', 'shop')], { remainingQuota: allowance }, NOW);
    expect(namesOf(chosen)).toEqual(['0', '1', 'other']);
  });
});
