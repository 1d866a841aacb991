/**
 * How often a call to STS is tried, and how the client waits between: twice as long each time, half a second at first where
 * STS throttles.
 *
 * Not `adaptive`: once it was throttled, that mode holds a client for good to twice the rate that it was seen to call at. A
 * run makes its calls in a moment and then none for a minute, so that this is near none: after one throttled call, ten took
 * 1.2 s in place of 0.1 s, and a run of which half was throttled took 37 s in place of some 10 (measured). What is shared with the
 * account is spared by the bound of calls that are under way at once.
 */
export const STS_RETRIES = { retryMode: 'standard', maxAttempts: 5 } as const;
