// Images and containers by Debian's buildah and podman, in a store of their own that goes with its folder.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runShipped, type Trial } from './shipped-gateway.ts';

export interface Containers {
  /** Rejects when it fails. */
  buildah(args: readonly string[]): Promise<void>;
  /** The command line of podman, which finds the images of `buildah`. */
  podman(args: readonly string[]): readonly string[];
  /** Runs podman to its end. */
  runPodman(args: readonly string[]): Promise<Trial>;
}

/** As docs/install.md starts a container. */
export const hardening = ['--read-only', '--cap-drop=all', '--security-opt=no-new-privileges'];

const tools = ['buildah', 'podman', 'crun', 'ldd', 'unshare'];

/** Why no container can be made here; undefined where one can. */
export async function whyNoContainers(): Promise<string | undefined> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'it takes root on Linux';
  for (const tool of tools) {
    const { exitCode } = await runShipped(['sh', '-c', `command -v ${tool}`]);
    if (exitCode !== 0) return `${tool} is not installed`;
  }
  return undefined;
}

/** Neither user namespaces nor overlays nor limits are asked for: a container in a container has none. */
export async function createContainers(folder: string): Promise<Containers> {
  await mkdir(folder, { recursive: true });
  const conf = join(folder, 'containers.conf');
  await writeFile(
    conf,
    '[containers]\ncgroups = "disabled"\n[engine]\ncgroup_manager = "cgroupfs"\nruntime = "crun"\nevents_logger = "file"\n',
  );
  const storage = join(folder, 'storage.conf');
  await writeFile(
    storage,
    `[storage]\ndriver = "vfs"\nrunroot = "${folder}/run"\ngraphroot = "${folder}/storage"\n`,
  );
  const policy = join(folder, 'policy.json');
  await writeFile(policy, '{ "default": [{ "type": "insecureAcceptAnything" }] }');
  const env = {
    BUILDAH_ISOLATION: 'chroot',
    CONTAINERS_CONF: conf,
    CONTAINERS_STORAGE_CONF: storage,
    STORAGE_DRIVER: 'vfs',
  };
  const assignments = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  const podman = (args: readonly string[]): readonly string[] => [
    'env',
    ...assignments,
    ...withControlGroups,
    'podman',
    ...args,
  ];
  return {
    async buildah([command = '', ...args]) {
      const policed = ['commit', 'build', 'from'].includes(command)
        ? [`--signature-policy=${policy}`]
        : [];
      const { exitCode, output } = await runShipped(['buildah', command, ...policed, ...args], {
        env,
      });
      if (exitCode !== 0) throw new Error(`buildah ${command} ended with ${exitCode}: ${output}`);
    },
    podman,
    runPodman: (args) => runShipped(podman(args)),
  };
}

/** crun reads the second hierarchy of control groups, whatever the machine has mounted; only this process sees the change. */
const withControlGroups = [
  'unshare',
  '--mount',
  '--propagation=private',
  'sh',
  '-c',
  'umount -R /sys/fs/cgroup; mount -t cgroup2 cgroup2 /sys/fs/cgroup; exec "$@"',
  'sh',
];
