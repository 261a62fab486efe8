// Baseline: Postfix with its durable queue, which relays to its own smtp-sink. Measured where both are installed.
import { spawnSync, type ChildProcess } from 'node:child_process';
import { chmod, mkdir, open, writeFile, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freshFolder, type Bench } from '../bench.ts';
import { stop } from '../children.ts';
import { freePort } from '../../test/support/free-port.ts';
import { greets } from '../ports.ts';
import type { Target } from '../target.ts';

/** Its installer puts the programs where only the administrator's PATH looks. */
const env = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin` };
const host = '127.0.0.1';

/** Undefined when it can be measured. */
export async function whyNoPostfix(): Promise<string | undefined> {
  const isInstalled = (program: string) => spawnSync(program, ['-d'], { env }).error === undefined;
  const missing = ['postconf', 'smtp-sink'].find((program) => !isInstalled(program));
  if (missing !== undefined) return `not here: ${missing} is not installed`;
  return process.getuid?.() === 0 ? undefined : 'not here: Postfix starts for root alone';
}

/** An instance of its own, with all that it writes in a folder of the benchmark. */
export async function startPostfix(bench: Bench): Promise<Target> {
  await using stack = new AsyncDisposableStack();
  const folder = await freshFolder(bench);
  await chmod(folder, 0o755);
  const [endpoint, sink] = [await freeEndpoint(), await freeEndpoint()];
  const output = stack.use(await open(join(folder, 'output'), 'w'));
  const counter = startSink(bench, sink.port);
  stack.defer(() => stop(counter.process));
  await writeConfig(folder, { port: endpoint.port, sinkPort: sink.port });
  const postfix = startMaster(bench, folder, output);
  stack.defer(() => stop(postfix));
  while (!(await greets(endpoint))) {
    if (postfix.exitCode !== null) throw new Error(`Postfix did not start: see ${folder}`);
    await delay(20);
  }
  const running = stack.move();
  return {
    endpoints: [endpoint],
    // More than one process, which come and go.
    pids: [undefined],
    sentOn: counter.messages,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

async function freeEndpoint() {
  return { host, port: await freePort() };
}

/** It shows its counters again and again: `sess=1 quit=1 mesg=1`. */
function startSink(bench: Bench, port: number) {
  const args = ['-u', 'postfix', '-c', `${host}:${port}`, '1000'];
  const process = bench.children.spawn('smtp-sink', args, {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let messages = 0;
  process.stdout?.on('data', (text) => {
    messages = Number(/mesg=(\d+)(?!.*mesg=)/s.exec(String(text))?.[1] ?? messages);
  });
  return { process, messages: () => messages };
}

function startMaster(bench: Bench, folder: string, { fd }: FileHandle): ChildProcess {
  const args = ['-c', join(folder, 'etc'), 'start-fg'];
  return bench.children.spawn('postfix', args, { env, stdio: ['ignore', fd, fd] });
}

interface Ports {
  readonly port: number;
  readonly sinkPort: number;
}

async function writeConfig(folder: string, ports: Ports): Promise<void> {
  const etc = join(folder, 'etc');
  await mkdir(etc);
  await mkdir(join(folder, 'queue'));
  await mkdir(join(folder, 'data'));
  const owner = spawnSync('chown', ['postfix', join(folder, 'data')], { env });
  if (owner.status !== 0) throw new Error(`Postfix has no user: ${String(owner.stderr)}`);
  await writeFile(join(etc, 'main.cf'), formatMain(folder, ports));
  await writeFile(join(etc, 'master.cf'), formatMaster(ports));
}

/** As it comes, but for where it writes and what it relays; and one client may do more than it lets strangers do. */
function formatMain(folder: string, { sinkPort }: Ports): string {
  return `compatibility_level = 3.6
queue_directory = ${folder}/queue
data_directory = ${folder}/data
maillog_file = ${folder}/maillog
maillog_file_prefixes = ${folder}
inet_interfaces = ${host}
inet_protocols = ipv4
myhostname = postfix.bench.example
mydestination =
alias_maps =
alias_database =
local_recipient_maps =
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_peername_lookup = no
smtpd_client_connection_count_limit = 0
relayhost = [${host}]:${sinkPort}
`;
}

function formatMaster({ port }: Ports): string {
  return `${host}:${port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
`;
}
