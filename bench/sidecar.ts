// The gateway as config/sidecar.yaml and packaging/kubernetes/sidecar.yaml run it: direct mode, and little memory.
import { freshFolder, type Bench, type RunningSimulator } from './bench.ts';
import { createControlGroup } from '../test/support/control-group.ts';
import { launch } from './gateway.ts';
import { freePort } from '../test/support/free-port.ts';
import { shippedFlags } from '../test/support/shipped-start.ts';
import { sidecarEnvironment, writeSidecarFile } from '../test/support/sidecar-files.ts';
import { targetOf, type Target } from './target.ts';

/** `limits.memory` of the manifest. */
const limitBytes = 128 * 1_048_576;

/** Where the system lets this process set no limit, it has none, and says so. */
export async function startSidecar(bench: Bench, simulator: RunningSimulator): Promise<Target> {
  await using stack = new AsyncDisposableStack();
  const folder = await freshFolder(bench);
  const [endpoint, telemetryPort] = [await freeEndpoint(), await freePort()];
  const group = stack.use(await createControlGroup(limitBytes));
  if (!group.isEnforced) bench.report('    no control group can be made here: memory has no limit');
  const { endpoints } = simulator;
  const config = await writeSidecarFile(folder, endpoints);
  const node = [process.execPath, ...shippedFlags, bench.mainFile, 'serve', '--config', config];
  const env = await sidecarEnvironment(folder, {
    app: endpoints,
    listen: `${endpoint.host}:${endpoint.port}`,
    telemetry: `127.0.0.1:${telemetryPort}`,
  });
  const command = group.enter(node);
  const gateway = stack.use(await launch({ command, env, folder, endpoint }, bench.children));
  const running = stack.move();
  return { ...targetOf([gateway]), [Symbol.asyncDispose]: () => running.disposeAsync() };
}

async function freeEndpoint() {
  return { host: '127.0.0.1', port: await freePort() };
}
