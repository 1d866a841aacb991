import { PASS } from '../contract/pass.ts';
import { type HandleEvent, signalOf } from './container.ts';
import { maintainLogin } from './maintain-login.ts';
import { readPassEvent } from './read-pass-event.ts';
import { runPass } from './run-pass.ts';

/** Share of the remaining time after which a pass aborts its lists and acts on what it has received. */
const OBSERVING_SHARE = 0.5;

/**
 * Returns the handler of a function that performs a pass for each event.
 *
 * @param ownPass - the pass of the function
 */
export function handlePass(ownPass: typeof PASS.refresh | typeof PASS.sweep): HandleEvent {
  return async (container, event, limits) => {
    const passEvent = readPassEvent(event, ownPass);
    const signals = { observing: signalOf(limits, OBSERVING_SHARE), acting: signalOf(limits) };
    // One function only, so that they do not replace each other's logins.
    if (passEvent.pass === PASS.refresh) await maintainLogin(container, signals.observing);
    return runPass(container.deps, passEvent, ownPass, signals);
  };
}
