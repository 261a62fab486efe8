// The sidecar as config/sidecar.yaml and packaging/kubernetes/sidecar.yaml have it, for a cloud of the test's own.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { shippedEnvironment } from './shipped-start.ts';

const shipped = join(import.meta.dirname, '../../config/sidecar.yaml');

/** Writes config/sidecar.yaml as it is, but for the cloud, and the cloud's authority as `ca.pem`. Returns its path. */
export async function writeSidecarFile(
  folder: string,
  { authority, graph, ca }: Pick<Sandbox, 'authority' | 'graph' | 'ca'>,
): Promise<string> {
  const text = await readFile(shipped, 'utf8');
  const cloud = `cloud: { authority: "${authority}", graph: "${graph}" }`;
  const file = join(folder, 'sidecar.yaml');
  await writeFile(file, text.replace(/cloud: .*$/m, cloud));
  await writeFile(join(folder, 'ca.pem'), ca);
  return file;
}

/** The environment of the manifest, for files of `writeSidecarFile`; makes the folder of messages under way. */
export async function sidecarEnvironment(
  folder: string,
  {
    app,
    listen,
    telemetry,
  }: {
    readonly app: Pick<Sandbox, 'tenant' | 'clientId' | 'clientSecret'>;
    /** `host:port`, as `telemetry` is. */
    readonly listen: string;
    readonly telemetry: string;
  },
): Promise<Readonly<Record<string, string>>> {
  const underWay = join(folder, 'under-way');
  await mkdir(underWay);
  return {
    ...shippedEnvironment,
    NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem'),
    GRAPHPOST_TENANT: app.tenant,
    GRAPHPOST_CLIENT_ID: app.clientId,
    GRAPHPOST_CLIENT_SECRET: app.clientSecret,
    GRAPHPOST_LISTEN: listen,
    GRAPHPOST_TELEMETRY: telemetry,
    GRAPHPOST_DIRECT_MEMORY: '2MB',
    GRAPHPOST_DIRECT_FOLDER: underWay,
    MALLOC_MMAP_THRESHOLD_: '65536',
  };
}
