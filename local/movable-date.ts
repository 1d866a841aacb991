/**
 * Makes `Date` of this process follow a clock that may be ahead of the machine's: `Date.now()` and `new Date()` tell the
 * moved time, everything else of `Date` stays. Timers and `performance` go on as they are.
 * @returns sets the distance, in milliseconds.
 */
export function installMovableDate(): (offsetMilliseconds: number) => void {
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
  return (offsetMilliseconds) => {
    offset = offsetMilliseconds;
  };
}
