/**
 * For a process that lasts: whoever reads what it prints may go (`bb up | head -1`), or the disk that its output goes to
 * be full. It goes on, and prints into nothing: what is told never ends the work that it tells of.
 */
export function outliveReaders(): void {
  for (const stream of [process.stdout, process.stderr]) {
    // A command that only answers ends here.
    stream.removeAllListeners("error");
    stream.on("error", () => undefined);
  }
}
