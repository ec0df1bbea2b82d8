/** The first Ctrl-C ends a run with what there is; a second ends the process at once. */
export function stopOnSignal(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(130);
      process.stdout.write('\nStopping: taking the books as they are. Once more ends at once.\n');
      controller.abort(`it was stopped by ${name}`);
    });
  }
  return controller.signal;
}
