import type { Plan } from '../../lambda/decide/plan.ts';
import { change, type Mistake } from './mistakes.ts';

type Brake = typeof import('../../lambda/decide/brake.ts');
type Budgets = typeof import('../../contract/budgets.ts');
type PassReports = typeof import('../../lambda/report/pass-report.ts');
type PlanSweep = typeof import('../../lambda/decide/plan-sweep.ts');

/** Mistakes in the product that only a hostile tenant reveals. */
export const TENANT_MISTAKES: readonly Mistake[] = [
  {
    mistake: 'takes the Secrets for unused whose names it has cut',
    changes: [
      change<PlanSweep>('../../lambda/decide/plan-sweep.ts', ({ planSweep }) => ({
        planSweep(context, view, isConfirmed) {
          const { cutIn: _, ...pods } = view.pods;
          return planSweep(context, { ...view, pods }, isConfirmed);
        },
      })),
    ],
    lookIn: { seed: 66, days: 0.15 },
    detectedBy: ['in-use-marked'],
  },
  {
    mistake: 'holds the brake for all namespaces if one loses most Secrets of the cluster',
    changes: [
      change<Brake>('../../lambda/decide/brake.ts', ({ holdBackMassRemoval }) => ({
        holdBackMassRemoval(items, secrets, now) {
          const inOne = <T extends object>(one: T) => ({ ...one, namespace: 'all' });
          const plan = holdBackMassRemoval(items.map(inOne), secrets.map(inOne), now);
          return { ...plan, items: inTheirNamespaces(plan.items, items) };
        },
      })),
    ],
    lookIn: { seed: 199, days: 0.15 },
    detectedBy: ['removed-late-for-others'],
  },
  {
    mistake: 'pages the operator for the denied roles of one tenant',
    changes: [
      change<PassReports>('../../lambda/report/pass-report.ts', ({ summarizePass }) => ({
        summarizePass(record) {
          const report = summarizePass(record);
          return { ...report, failedForOperator: report.counts.failed };
        },
      })),
    ],
    lookIn: { seed: 43, days: 0.15 },
    detectedBy: ['paged-by-tenant'],
  },
  {
    mistake: 'has no limits on the requests and denials of a namespace',
    changes: [withoutLimits('requestsPerNamespacePerMinute', 'deniedPerNamespacePerMinute')],
    lookIn: { seed: 229, days: 0.15 },
    detectedBy: ['over-budget'],
  },
];

function inTheirNamespaces(braked: Plan['items'], items: Plan['items']): Plan['items'] {
  return braked.map((item, i) => ({ ...item, namespace: items[i]?.namespace ?? '' }));
}

function withoutLimits(...names: readonly (keyof Budgets['BUDGET'])[]) {
  return change<Budgets>('../../contract/budgets.ts', ({ BUDGET }) => {
    const unlimited = names.map((name) => [name, Number.POSITIVE_INFINITY]);
    return { BUDGET: { ...BUDGET, ...Object.fromEntries(unlimited) } };
  });
}
