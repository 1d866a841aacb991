/** Requests that an invocation sent, each attempt counted. */
export interface CallCounts {
  readonly stsCalls: number;
  readonly stsThrottled: number;
  readonly apiCalls: number;
  readonly apiThrottled: number;
}

/** Counts requests to STS and to the Kubernetes API, and how many of them were throttled. */
export interface CallMeter {
  countSts(isThrottled: boolean): void;
  countApi(isThrottled: boolean): void;
  /** Returns the counts since the last call: those of one invocation, as a container has one at a time. */
  take(): CallCounts;
}

const NONE: CallCounts = { stsCalls: 0, stsThrottled: 0, apiCalls: 0, apiThrottled: 0 };

/** Creates the meter of a container. */
export function createCallMeter(): CallMeter {
  let counts = NONE;
  return {
    countSts(isThrottled) {
      const { stsCalls, stsThrottled } = counts;
      counts = {
        ...counts,
        stsCalls: stsCalls + 1,
        stsThrottled: stsThrottled + Number(isThrottled),
      };
    },
    countApi(isThrottled) {
      const { apiCalls, apiThrottled } = counts;
      counts = {
        ...counts,
        apiCalls: apiCalls + 1,
        apiThrottled: apiThrottled + Number(isThrottled),
      };
    },
    take() {
      const taken = counts;
      counts = NONE;
      return taken;
    },
  };
}
