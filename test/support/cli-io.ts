// What a command sees of the process, without a terminal: what it writes is collected.
import { PassThrough, Writable } from 'node:stream';

export function createCliIo({
  cwd,
  env = {},
}: {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
}) {
  const [stdout, stderr] = [new Collected(), new Collected()];
  return {
    io: { stdin: new PassThrough(), stdout, stderr, env, cwd, now: () => Date.now() },
    written: () => ({ stdout: stdout.text(), stderr: stderr.text() }),
  };
}

class Collected extends Writable {
  readonly #pieces: Buffer[] = [];

  override _write(piece: Buffer, _encoding: string, done: () => void): void {
    this.#pieces.push(piece);
    done();
  }

  text(): string {
    return Buffer.concat(this.#pieces).toString('utf8');
  }
}
