/**
 * Replaces `Date` in this process: `Date.now()` and `new Date()` return the machine's time plus an offset. Timers and
 * `performance` are not affected.
 *
 * @returns a function that sets the offset, in milliseconds; initially 0
 */
export function installMovableDate(): (offsetMs: number) => void {
  const machineDate = Date;
  let offset = 0;
  const now = () => machineDate.now() + offset;
  const movable = new Proxy(machineDate, {
    construct: (target, args, newTarget) =>
      Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
    apply: () => new machineDate(now()).toString(),
    get: (target, property, receiver) =>
      property === 'now' ? now : Reflect.get(target, property, receiver),
  });
  machineDate.prototype.constructor = movable;
  globalThis.Date = movable;
  return (offsetMs) => {
    offset = offsetMs;
  };
}
