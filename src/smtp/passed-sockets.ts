// Sockets that systemd listens on, and passes to the service that it starts (sd_listen_fds(3)).

/** Behind standard input, output and error. */
const firstDescriptor = 3;

export interface PassedSocketsOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Of this process: what was passed to another one is not ours. */
  readonly pid: number;
  /** Names of the listeners. */
  readonly listeners: readonly string[];
}

/**
 * File descriptors by the name of the listener that is to take them. Throws a sentence for the operator when a socket has
 * a name that no listener has, or two have the same: their clients would wait forever.
 */
export function readPassedSockets({
  env,
  pid,
  listeners,
}: PassedSocketsOptions): ReadonlyMap<string, number> {
  const passed = new Map<string, number>();
  if (Number(env['LISTEN_PID']) !== pid) return passed;
  const names = env['LISTEN_FDNAMES']?.split(':') ?? [];
  for (let index = 0; index < Number(env['LISTEN_FDS'] ?? 0); index++) {
    const name = names[index] ?? '';
    if (!listeners.includes(name)) throw new Error(`${socketCalled(name)}, which no listener is`);
    if (passed.has(name)) throw new Error(`${socketCalled(name)} twice: a listener takes one`);
    passed.set(name, firstDescriptor + index);
  }
  return passed;
}

function socketCalled(name: string): string {
  return `systemd passes a socket with FileDescriptorName=${name}`;
}
