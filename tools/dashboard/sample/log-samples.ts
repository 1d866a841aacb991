import type { LogRow } from '../widgets/log-table.ts';

const ACCOUNT = '123456789012';

/** A log line about a Secret that was not issued. */
function notIssued(
  time: string,
  namespace: string,
  role: string,
  outcome: { readonly message: string; readonly reason: string; readonly explanation: string },
): LogRow {
  return {
    '@timestamp': `2026-11-24 ${time}`,
    namespace,
    secret: `aws-iam-${role}`,
    role,
    ...outcome,
  };
}

const DENIED = {
  message: 'failed Secret',
  reason: 'assume-role-denied',
  explanation:
    "User is not authorized to perform sts:AssumeRole. The role does not exist, or its trust policy does not name this account's refresher role.",
};
const THROTTLED = {
  message: 'failed Secret',
  reason: 'sts-throttled',
  explanation: 'STS is throttling this account: Rate exceeded',
};
const REFUSED = {
  message: 'refused Secret',
  reason: 'namespace-does-not-allow',
  explanation:
    'namespace sandbox does not allow arn:aws:iam::123456789012:role/app-orders; add "app-orders" to its annotation iam.amazonaws.com/allowed-roles: kubectl edit namespace sandbox',
};

/** Results of the log widgets' queries, by title. They match the sample metrics. */
export const LOG_SAMPLES: Readonly<Record<string, readonly LogRow[]>> = {
  'Secrets not issued': [
    notIssued('14:58:04.412', 'search', 'app-invoices', DENIED),
    notIssued('14:53:04.287', 'checkout', 'app-invoices', DENIED),
    notIssued('14:49:04.305', 'billing-eu', 'app-invoices', DENIED),
    notIssued('14:46:04.198', 'billing', 'app-invoices', DENIED),
    notIssued('14:44:04.377', 'reporting', 'app-invoices', DENIED),
    notIssued('13:01:05.940', 'shop', 'app-orders', THROTTLED),
    notIssued('12:59:05.122', 'search', 'app-index', THROTTLED),
    notIssued('12:57:04.873', 'media', 'app-thumbnails', THROTTLED),
    notIssued('12:54:05.014', 'shop', 'app-carts', THROTTLED),
    notIssued('12:28:04.266', 'sandbox', 'app-orders', REFUSED),
  ],
  'Failed passes': [
    {
      '@timestamp': '2026-11-24 13:41:04.730',
      '@log': `${ACCOUNT}:/aws/lambda/kube-aws-iam-production-refresh`,
      '@message':
        '{"level":"ERROR","message":"The endpoint of EKS cluster \\"production\\" could not be looked up (ThrottlingException: Rate exceeded). The next pass tries again."}',
    },
  ],
};
