// Waits for what other parts of the process, or another process, will bring about.

/** Looks every few ms until `holds` does. Throws after `withinMs`, which only bounds a test that has failed. */
export async function until(
  holds: () => boolean | Promise<boolean>,
  { withinMs = 20_000 } = {},
): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`Not within ${withinMs} ms: ${holds.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
