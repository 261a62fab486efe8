// The image, built of the Dockerfile on stand-in bases, and run as docs/install.md says. Takes minutes: `npm run test:shipping`.
import { chmod, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSandbox } from '../../../src/sandbox/sandbox.ts';
import { createContainers, hardening, whyNoContainers, type Containers } from '../containers.ts';
import { root } from '../package-artefact.ts';
import { tryMail, writeShippedConfig } from '../shipped-gateway.ts';
import { buildBase, makeStandInBases, runtimeBase } from '../stand-in-bases.ts';

const image = 'localhost/graphpost:test';
/** As docs/install.md has it; the network is the host's, so that the sandbox is near. */
const confined = [
  '--rm',
  '--pull=never',
  '--network=host',
  ...hardening,
  '--ulimit=nofile=1024:1024',
  '--ulimit=nproc=1000:1000',
];

let folder: string;
let containers: Containers;

beforeAll(async () => {
  const missing = await whyNoContainers();
  if (missing) throw new Error(`The image cannot be tried here: ${missing}`);
  folder = await mkdtemp(join(tmpdir(), 'graphpost-image-'));
  containers = await createContainers(join(folder, 'containers'));
  await makeStandInBases(containers, join(folder, 'bases'));
  const bases = [`BUILD_IMAGE=${buildBase}`, `RUNTIME_IMAGE=${runtimeBase}`, 'VERSION=0.0.0-test'];
  const buildArgs = bases.flatMap((assignment) => ['--build-arg', assignment]);
  const options = ['--pull=never', '--network=host', '--format=docker', ...buildArgs];
  await containers.buildah(['build', ...options, '--tag', image, root]);
}, 600_000);

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** What Node prints that runs this in the container. */
async function evaluate(script: string, options: readonly string[] = []): Promise<unknown> {
  const run = ['run', ...confined, ...options, '--entrypoint=["node","-p"]', image, script];
  const { exitCode, output } = await containers.runPodman(run);
  if (exitCode !== 0) throw new Error(`podman run ended with ${exitCode}: ${output}`);
  return lastLineOf(output);
}

describe('the image', { timeout: 120_000 }, () => {
  test('has dist, production dependencies and the sidecar configuration, and no shell', async () => {
    const script = `const fs = require('fs');
      const dist = fs.readdirSync('/app/dist', { recursive: true }).filter((name) => /\\.\\w+$/.test(name));
      JSON.stringify({
        app: fs.readdirSync('/app').sort(),
        config: fs.readdirSync('/app/config'),
        odd: dist.filter((name) => !/\\.(js|css)$/.test(name)),
        dev: ['vitest', 'typescript', 'node', 'oxlint', 'knip'].filter((name) => fs.existsSync('/app/node_modules/' + name)),
        shells: ['/bin/sh', '/usr/bin/sh', '/bin/bash', '/bin/busybox'].filter((name) => fs.existsSync(name)),
        etc: fs.existsSync('/etc/graphpost/graphpost.yaml'),
      })`;
    expect(await evaluate(script)).toEqual({
      app: ['LICENSE', 'config', 'dist', 'node_modules', 'package.json'],
      config: ['sidecar.yaml'],
      odd: [],
      dev: [],
      shells: [],
      etc: false,
    });
  });

  test('runs without any privilege, on a root that nobody writes to', async () => {
    const script = `const fs = require('fs');
      const status = fs.readFileSync('/proc/self/status', 'utf8');
      let write = 'done';
      try { fs.writeFileSync('/x', ''); } catch (error) { write = error.code; }
      JSON.stringify({
        write,
        uid: process.getuid(),
        gid: process.getgid(),
        capabilities: /^CapEff:\\s+(\\w+)/m.exec(status)[1],
        noNewPrivileges: /^NoNewPrivs:\\s+(\\d)/m.exec(status)[1],
      })`;
    expect(await evaluate(script)).toEqual({
      write: 'EROFS',
      uid: 65532,
      gid: 65532,
      capabilities: '0000000000000000',
      noNewPrivileges: '1',
    });
  });

  test('without a configuration ends with 2 and says where it looked', async () => {
    const { exitCode, output } = await containers.runPodman(['run', ...confined, image]);
    expect(output).toContain('/app/config/graphpost.yaml or /etc/graphpost/graphpost.yaml');
    expect(exitCode).toBe(2);
  });

  test('passes mail on, is healthy, and ends with 0 at SIGTERM', async () => {
    await using sandbox = await createSandbox({ now: Date.now });
    const config = await writeShippedConfig(sandbox, { queue: 'in STATE_DIRECTORY' });
    const queue = join(folder, 'queue');
    await mkdir(queue);
    for (const path of [queue, config.folder]) await chmod(path, 0o777);
    const mounts = [
      `--volume=${config.folder}:/etc/graphpost:ro`,
      `--volume=${queue}:/var/lib/graphpost`,
      '--env=NODE_EXTRA_CA_CERTS=/etc/graphpost/ca.pem',
    ];
    const name = `graphpost-${process.pid}`;
    const run = ['run', ...confined, ...mounts, `--name=${name}`, '--no-healthcheck', image];
    let health = {};
    const look = async () => {
      const [, command] = await healthCommand();
      health = await containers.runPodman(['exec', name, ...command]);
    };
    const { exitCode, output } = await tryMail(containers.podman(run), { config, sandbox, look });
    expect(health).toMatchObject({ exitCode: 0 });
    expect(exitCode).toBe(0);
    expect(output).not.toContain('"event":"fault"');
    expect(sandbox.mailbox.list()).toMatchObject([{ subject: 'Shipped' }]);
    expect(await readdir(queue)).toContain('graphpost.db');
    expect(sandbox.violations).toEqual([]);
    await rm(config.folder, { recursive: true });
  });

  test('is labelled, and as small as what it is made of', async () => {
    const [size, baseSize] = [await sizeOf(image), await sizeOf(runtimeBase)];
    const ownMegabytes = (size - baseSize) / 1e6;
    process.stdout.write(
      `The image: ${ownMegabytes.toFixed(1)} MB over a base of ${(baseSize / 1e6).toFixed(1)} MB\n`,
    );
    expect(ownMegabytes).toBeLessThan(80);
    expect(await inspect('{{json .Config.Labels}}')).toMatchObject({
      'org.opencontainers.image.title': 'Graphpost',
      'org.opencontainers.image.version': '0.0.0-test',
      'org.opencontainers.image.licenses': 'Apache-2.0',
    });
  });
});

/** Behind whatever podman warns of. */
function lastLineOf(output: string): unknown {
  return JSON.parse(output.trim().split('\n').at(-1) ?? '');
}

async function inspect(format: string, name = image): Promise<unknown> {
  const { output } = await containers.runPodman(['image', 'inspect', '--format', format, name]);
  return lastLineOf(output);
}

async function sizeOf(name: string): Promise<number> {
  return Number(await inspect('{{json .Size}}', name));
}

/** As the image has it: its words, behind CMD. */
async function healthCommand(): Promise<readonly [string, readonly string[]]> {
  const test = await inspect('{{json .HealthCheck.Test}}');
  if (!Array.isArray(test)) throw new Error('The image has no health check');
  const [kind = '', ...command] = test.map(String);
  return [kind, command];
}
