/** What the demo tells on every cluster: a part of a line for each thing that it shows. */
export const DEMO_LINES = [
  'created shop/aws-iam-demo-orders for pod web',
  'failed shop/aws-iam-demo-locked for pod stuck: assume-role-denied',
  'refused bank/aws-iam-demo-orders for pod intruder: namespace-does-not-allow',
  'credentials.process: arn:aws:sts::123456789012:assumed-role/demo-orders/shop@demo',
  'renewed shop/aws-iam-demo-orders',
  'the same process, its first credentials long over: arn:aws:sts::123456789012:assumed-role/demo-orders/shop@demo',
  'removed shop/aws-iam-demo-orders',
  'the forwarder sees pod shop/search',
  'EventBridge has the event, and rule ',
  'created shop/aws-iam-demo-search for pod search',
  'pod shop/search is Running',
  'created shop/aws-iam-demo-basket for pod basket',
  'created shop/reports, until',
  'its status: Ready, the Secret holds credentials of arn:aws:iam::123456789012:role/team/Demo-Reports',
  'it is deleted, and its Secret with it',
  'runs of refresh and sweep, and pod events, none failed',
];
