import type { LogRow } from '../widgets/log-table.ts';

const ACCOUNT = '123456789012';

/** A line of `refresh` about a Secret of role `role` that a namespace did not get. */
function notGiven(
  time: string,
  namespace: string,
  role: string,
  trouble: { readonly message: string; readonly reason: string; readonly explanation: string },
): LogRow {
  return {
    '@timestamp': `2026-11-24 ${time}`,
    namespace,
    secret: `aws-iam-${role}`,
    role,
    ...trouble,
  };
}

const DENIED = {
  message: 'failed Secret',
  reason: 'assume-role-denied',
  explanation:
    'User is not authorized to perform sts:AssumeRole. The role does not exist, or its trust policy does not let the refresher in.',
};
const THROTTLED = {
  message: 'failed Secret',
  reason: 'sts-throttled',
  explanation: 'STS is throttling this account: Rate exceeded',
};
const REFUSED = {
  message: 'refused Secret',
  reason: 'namespace-does-not-allow',
  explanation: 'Annotate the namespace with iam.amazonaws.com/allowed-roles that names the role.',
};

/** What queries of Logs Insights found, by the title of their widget; the same as the metrics tell. */
export const LOG_SAMPLES: Readonly<Record<string, readonly LogRow[]>> = {
  'Secrets not issued': [
    notGiven('14:58:04.412', 'search', 'app-invoices', DENIED),
    notGiven('14:53:04.287', 'checkout', 'app-invoices', DENIED),
    notGiven('14:49:04.305', 'billing-eu', 'app-invoices', DENIED),
    notGiven('14:46:04.198', 'billing', 'app-invoices', DENIED),
    notGiven('14:44:04.377', 'reporting', 'app-invoices', DENIED),
    notGiven('13:01:05.940', 'shop', 'app-orders', THROTTLED),
    notGiven('12:59:05.122', 'search', 'app-index', THROTTLED),
    notGiven('12:57:04.873', 'media', 'app-thumbnails', THROTTLED),
    notGiven('12:54:05.014', 'shop', 'app-carts', THROTTLED),
    notGiven('12:28:04.266', 'sandbox', 'app-orders', REFUSED),
  ],
  'Failed passes': [
    {
      '@timestamp': '2026-11-24 13:41:04.730',
      '@log': `${ACCOUNT}:/aws/lambda/kube-aws-iam-production-refresh`,
      '@message':
        '{"level":"ERROR","message":"EKS did not say where cluster \\"production\\" is (ThrottlingException: Rate exceeded). The next run asks again."}',
    },
  ],
};
