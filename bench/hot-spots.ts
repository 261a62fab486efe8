// Reads V8's CPU profiles: in which functions the threads of the gateway spent their own time.
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The parts of a .cpuprofile that are read here (Chrome DevTools Protocol, `Profiler.Profile`). */
interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: {
      readonly functionName: string;
      readonly url: string;
      readonly lineNumber: number;
    };
  }[];
  readonly samples: readonly number[];
  /** Microseconds before each sample. */
  readonly timeDeltas: readonly number[];
}

const shown = 40;
const repository = join(import.meta.dirname, '..');

/** For each profile in the folder, the functions with most time of their own. */
export async function formatHotSpots(folder: string): Promise<string> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.cpuprofile'));
  const texts = files.toSorted().map(async (file) => {
    const profile = JSON.parse(await readFile(join(folder, file), 'utf8')) as Profile;
    return `${file}\n${formatProfile(profile)}`;
  });
  return (await Promise.all(texts)).join('\n\n');
}

function formatProfile({ nodes, samples, timeDeltas }: Profile): string {
  const names = new Map(nodes.map((node) => [node.id, nameOf(node.callFrame)]));
  const ownMs = new Map<string, number>();
  samples.forEach((id, at) => {
    const name = names.get(id) ?? '';
    ownMs.set(name, (ownMs.get(name) ?? 0) + (timeDeltas[at] ?? 0) / 1000);
  });
  ownMs.delete('(idle)');
  const busyMs = [...ownMs.values()].reduce((sum, ms) => sum + ms, 0);
  const hottest = [...ownMs].toSorted(([, a], [, b]) => b - a).slice(0, shown);
  return [
    `busy ${busyMs.toFixed(0)} ms`,
    ...hottest.map(
      ([name, ms]) =>
        `${((ms / busyMs) * 100).toFixed(1).padStart(6)} %  ${ms.toFixed(0).padStart(6)} ms  ${name}`,
    ),
  ].join('\n');
}

function nameOf({ functionName, url, lineNumber }: Profile['nodes'][number]['callFrame']): string {
  const name = functionName === '' ? '(anonymous)' : functionName;
  if (url === '') return name;
  const file = url.startsWith('file:') ? relative(repository, fileURLToPath(url)) : url;
  return `${name}  ${file}:${lineNumber + 1}`;
}
