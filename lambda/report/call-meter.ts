/** How often the function called others. */
export interface CallCounts {
  readonly stsCalls: number;
  readonly stsThrottled: number;
  readonly apiCalls: number;
  readonly apiThrottled: number;
}

/** Counts calls, each try of one by itself, and those that were turned away because there were too many. */
export interface CallMeter {
  countSts(isThrottled: boolean): void;
  countApi(isThrottled: boolean): void;
  /** What was counted since this was last asked. A container has one invocation at a time, so it is that one's. */
  take(): CallCounts;
}

const NONE: CallCounts = { stsCalls: 0, stsThrottled: 0, apiCalls: 0, apiThrottled: 0 };

/** Makes the meter of a container. */
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
