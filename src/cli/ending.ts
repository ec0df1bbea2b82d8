/** Where nobody reads on, as behind `| head`, a command ends without a word, as others do. */
export function endWithReader(out: NodeJS.WriteStream, err: NodeJS.WriteStream): void {
  out.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });
  // Complaints and progress that nobody reads are no reason to end.
  err.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}
