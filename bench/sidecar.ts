// The gateway as config/sidecar.yaml and packaging/kubernetes/sidecar.yaml run it: direct mode, and little memory.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freshFolder, type Bench, type RunningSimulator } from './bench.ts';
import { createControlGroup } from '../test/support/control-group.ts';
import { launch } from './gateway.ts';
import { freePort } from '../test/support/free-port.ts';
import { shippedEnvironment, shippedFlags } from '../test/support/shipped-start.ts';
import { targetOf, type Target } from './target.ts';

/** `limits.memory` of the manifest. */
const limitBytes = 128 * 1_048_576;
const sidecarFile = join(import.meta.dirname, '../config/sidecar.yaml');

/** Where the system lets this process set no limit, it has none, and says so. */
export async function startSidecar(bench: Bench, simulator: RunningSimulator): Promise<Target> {
  await using stack = new AsyncDisposableStack();
  const folder = await freshFolder(bench);
  const [endpoint, telemetryPort] = [await freeEndpoint(), await freePort()];
  const group = stack.use(await createControlGroup(limitBytes));
  if (!group.isEnforced) bench.report('    no control group can be made here: memory has no limit');
  const config = await writeConfig(folder, simulator);
  const node = [process.execPath, ...shippedFlags, bench.mainFile, 'serve', '--config', config];
  const { tenant, clientId, clientSecret } = simulator.endpoints;
  const env = {
    ...shippedEnvironment,
    NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem'),
    GRAPHPOST_TENANT: tenant,
    GRAPHPOST_CLIENT_ID: clientId,
    GRAPHPOST_CLIENT_SECRET: clientSecret,
    GRAPHPOST_LISTEN: `${endpoint.host}:${endpoint.port}`,
    GRAPHPOST_TELEMETRY: `127.0.0.1:${telemetryPort}`,
    GRAPHPOST_DIRECT_MEMORY: '2MB',
    GRAPHPOST_DIRECT_FOLDER: join(folder, 'under-way'),
    MALLOC_MMAP_THRESHOLD_: '65536',
  };
  const command = group.enter(node);
  const gateway = stack.use(await launch({ command, env, folder, endpoint }, bench.children));
  const running = stack.move();
  return { ...targetOf([gateway]), [Symbol.asyncDispose]: () => running.disposeAsync() };
}

async function freeEndpoint() {
  return { host: '127.0.0.1', port: await freePort() };
}

/** The file as it is shipped, but for the cloud. */
async function writeConfig(folder: string, { endpoints }: RunningSimulator): Promise<string> {
  const text = await readFile(sidecarFile, 'utf8');
  const cloud = `cloud: { authority: '${endpoints.authority}', graph: '${endpoints.graph}' }`;
  const file = join(folder, 'sidecar.yaml');
  await writeFile(file, text.replace(/cloud: .*$/m, cloud));
  await writeFile(join(folder, 'ca.pem'), endpoints.ca);
  await mkdir(join(folder, 'under-way'));
  return file;
}
