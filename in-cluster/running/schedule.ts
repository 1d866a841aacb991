import { PASS, PASS_PERIOD_SECONDS } from '../../contract/pass.ts';
import { WARM_UP_EVENT } from '../../contract/pod-event.ts';
import type { ServiceName } from '../../lambda/container.ts';
import type { Service } from './service.ts';

interface ScheduleDeps {
  readonly services: Readonly<Record<ServiceName, Service>>;
  /** An invocation ended. */
  ended(name: ServiceName): void;
  now(): Date;
  /** Resolves after the time, or when the signal aborts. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
}

interface ServiceSchedule {
  readonly event: object;
  readonly periodSeconds: number;
  /** When in its period an invocation starts, in seconds. @default - at once, and then a period after the last start */
  readonly offsetSeconds?: number;
}

/** As the schedules of the functions. */
const SCHEDULES: Readonly<Record<ServiceName, ServiceSchedule>> = {
  refresh: { event: { pass: PASS.refresh }, periodSeconds: PASS_PERIOD_SECONDS.refresh },
  sweep: {
    event: { pass: PASS.sweep },
    periodSeconds: PASS_PERIOD_SECONDS.sweep,
    offsetSeconds: 300,
  },
  events: { event: WARM_UP_EVENT, periodSeconds: 60 },
};

/**
 * Invokes the services on their schedules until the signal aborts. A refresh pass is performed at once, and then every minute;
 * an invocation that takes longer than its period delays the next one. Failures were logged, and the next pass does the work.
 * Never rejects.
 */
export async function keepSchedule(deps: ScheduleDeps, signal: AbortSignal): Promise<void> {
  const names = Object.keys(deps.services) as ServiceName[];
  await Promise.all(names.map((name) => repeat(deps, name, signal)));
}

async function repeat(deps: ScheduleDeps, name: ServiceName, signal: AbortSignal): Promise<void> {
  const { event, periodSeconds, offsetSeconds } = SCHEDULES[name];
  const periodMs = periodSeconds * 1_000;
  if (offsetSeconds !== undefined) {
    const sinceMs = (deps.now().getTime() - offsetSeconds * 1_000) % periodMs;
    await deps.sleep(periodMs - sinceMs, signal);
  }
  while (!signal.aborted) {
    const next = deps.sleep(periodMs, signal);
    await deps.services[name].invoke(event, signal).catch(() => {});
    deps.ended(name);
    await next;
  }
}
