/** Where nobody reads on, as behind `| head`, a command ends without a word, as others do. */
export function endWithReader(out: NodeJS.WriteStream, err: NodeJS.WriteStream): void {
  out.on('error', (error: NodeJS.ErrnoException) => {
    // A command that listens itself has more to say of it.
    if (out.listenerCount('error') > 1) return;
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });
  // Complaints and progress that nobody reads are no reason to end.
  err.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}
