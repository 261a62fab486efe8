// `graphpost hash-password`: makes the hash of a password for `clients.login.passwordHash`.
import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { formatScryptHash, hashPassword } from '../config/scrypt-hash.ts';

export interface HashPasswordIo {
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
}

const saltBytes = 16;

/**
 * Takes the first line of standard input; from a terminal, two that are the same, without showing them.
 * Returns the exit code: 0 with the hash on standard output, 1 where the two differ, 2 without a password.
 */
export async function runHashPassword(
  io: HashPasswordIo,
  { json = false }: { readonly json?: boolean } = {},
): Promise<number> {
  const [password = '', again] =
    io.stdin.isTTY === true ? await askTwice(io) : await readLines(io, { wanted: 1 });
  if (password === '') return fail(io, { message: 'No password was given', code: 2 });
  if (again !== undefined && again !== password) {
    return fail(io, { message: 'The two passwords differ', code: 1 });
  }
  const passwordHash = formatScryptHash(hashPassword(password, { salt: randomBytes(saltBytes) }));
  io.stdout.write(`${json ? JSON.stringify({ passwordHash }) : passwordHash}\n`);
  return 0;
}

function askTwice(io: HashPasswordIo): Promise<readonly string[]> {
  const ask = (asked: number) => io.stderr.write(asked === 0 ? 'Password: ' : '\nAgain: ');
  return readLines(io, { wanted: 2, ask });
}

/** The first lines of standard input; fewer where it ends. Nothing that is typed is shown. */
async function readLines(
  { stdin, stderr }: HashPasswordIo,
  { wanted, ask = () => {} }: { readonly wanted: number; readonly ask?: (asked: number) => void },
): Promise<readonly string[]> {
  const isTerminal = stdin.isTTY === true;
  // On a terminal, readline would echo what is typed to its output.
  const output = new Writable({ write: (_chunk, _encoding, done) => done() });
  const reader = createInterface({ input: stdin, output, terminal: isTerminal });
  const lines: string[] = [];
  try {
    ask(0);
    for await (const line of reader) {
      lines.push(line);
      if (lines.length === wanted) break;
      ask(lines.length);
    }
  } finally {
    reader.close();
    if (isTerminal) stderr.write('\n');
  }
  return lines;
}

function fail(
  { stderr }: HashPasswordIo,
  { message, code }: { readonly message: string; readonly code: number },
): number {
  stderr.write(`${message}\n`);
  return code;
}
