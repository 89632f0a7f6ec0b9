/** Resolves at the first SIGINT or SIGTERM, with its name. `again` is called at each one after that. */
export function untilInterrupted(again: () => void = () => process.exit(130)): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let first = true;
    const heard = (signal: NodeJS.Signals): void => {
      if (!first) return again();
      first = false;
      resolve(signal);
    };
    process.on('SIGINT', heard);
    process.on('SIGTERM', heard);
  });
}
