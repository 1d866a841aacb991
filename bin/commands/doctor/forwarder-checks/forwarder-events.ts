import * as z from 'zod';
import {
  failureMessagesOf,
  PRODUCT_NAMESPACE,
  SENDING_EVENTS,
} from '../../../../contract/forwarder.ts';
import { isRecord } from '../../../../contract/is-record.ts';
import { shellCommand } from '../../../../tools/terminal/shell-quote.ts';
import {
  type Check,
  type CheckContext,
  type Finding,
  failed,
  notChecked,
  ok,
  unreadable,
} from '../check.ts';
import { FORWARDER_PODS } from './forwarder.ts';

/** The forwarder logs a few lines in an hour, but each start of a failure only once. */
const LOG_LIMITS = 'tailLines=1000&limitBytes=1000000';

/**
 * EventBridge accepts the events of the forwarder. AWS does not report requests that it denies, so the forwarder's log is
 * read, which contains the reason. It reaches every cluster, unlike the forwarder's `/metrics`: the API server gets logs
 * from the kubelet, and a connection to the port of a pod needs `pods/proxy` and a security group that allows it.
 */
export const forwarderEventsCheck: Check = {
  id: 'forwarder-events',
  title: 'forwarder: events',
  requires: ['cluster'],
  after: ['chart-cluster', 'chart', 'forwarder-secret', 'forwarder'],
  async run(context) {
    const pods = await context.cluster.read(FORWARDER_PODS);
    if (pods.kind === 'absent') return notChecked('the server does not list pods');
    if (pods.kind !== 'found') return unreadable(pods);
    const findings: Finding[] = [];
    for (const { metadata, status } of pods.value.items) {
      if (status.phase === 'Running') findings.push(await checkPod(context, metadata.name));
    }
    const worst = findings.find(({ status }) => status !== 'ok') ?? findings[0];
    return worst ?? notChecked('no pod of the forwarder is running');
  },
};

async function checkPod({ cluster }: CheckContext, pod: string): Promise<Finding> {
  const log = await cluster.read({
    path: `/api/v1/namespaces/${PRODUCT_NAMESPACE}/pods/${pod}/log?${LOG_LIMITS}`,
    permission: `get pods/log in namespace "${PRODUCT_NAMESPACE}"`,
    schema: z.string(),
    isText: true,
  });
  if (log.kind === 'failed') {
    return notChecked(
      `the log of pod ${pod} could not be read: ${log.message}`,
      shellCommand`run: kubectl logs ${pod} --namespace ${PRODUCT_NAMESPACE}`,
    );
  }
  if (log.kind === 'absent') return notChecked(`pod ${pod} has been deleted`);
  return log.kind === 'found' ? judgeForwarderLog(pod, log.value) : unreadable(log);
}

const MESSAGES = failureMessagesOf(SENDING_EVENTS);

/** Judges the last line of a log about sending events. Other lines may come from anything in the container. */
export function judgeForwarderLog(pod: string, log: string): Finding {
  const last = log
    .split('\n')
    .map(parseLine)
    .findLast(({ message }) => message === MESSAGES.failed || message === MESSAGES.recovered);
  if (last?.message !== MESSAGES.failed) {
    return ok(last === undefined ? 'no failure in the log' : 'accepted again after a failure');
  }
  const { time = 'an unknown time', reason = 'unknown', error = '', remedy = '' } = last;
  return failed(
    `EventBridge has accepted no event of pod ${pod} since ${time}: ${reason}: ${error}`,
    remedy || shellCommand`run: kubectl logs ${pod} --namespace ${PRODUCT_NAMESPACE}`,
  );
}

type LogLine = Partial<Record<'message' | 'time' | 'reason' | 'error' | 'remedy', string>>;

function parseLine(line: string): LogLine {
  try {
    const parsed: unknown = JSON.parse(line);
    if (!isRecord(parsed)) return {};
    return Object.fromEntries(
      Object.entries(parsed).filter(([, value]) => typeof value === 'string'),
    );
  } catch {
    return {};
  }
}
