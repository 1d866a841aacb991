/** Parts of the demo's output on every cluster, one for each feature that it shows. */
export const DEMO_LINES = [
  'created shop/aws-iam-demo-orders for pod web, expires ',
  'failed shop/aws-iam-demo-locked for pod stuck: assume-role-denied',
  'refused bank/aws-iam-demo-orders for pod intruder: namespace-does-not-allow',
  'credentials.process: arn:aws:sts::123456789012:assumed-role/demo-orders/shop@demo',
  'renewed shop/aws-iam-demo-orders',
  'the same process, long after its first credentials expired: arn:aws:sts::123456789012:assumed-role/demo-orders/shop@demo',
  'removed shop/aws-iam-demo-orders',
  'the forwarder sees pod shop/search',
  'EventBridge receives the event, and rule ',
  'created shop/aws-iam-demo-search for pod search',
  'pod shop/search is Running',
  'created shop/aws-iam-demo-basket for pod basket',
  'created shop/reports, expires',
  'status: Ready, the Secret holds credentials of arn:aws:iam::123456789012:role/team/Demo-Reports',
  'the AWSIAMRole is deleted, and its Secret with it',
  'function invocations, none failed',
];
