// What the tests of the documentation read in a Markdown file: blocks of code, links and anchors.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '../..');

/** All pages of the repository, from its folder. */
export function findPages(): readonly string[] {
  const folders = ['docs', 'helm', 'packaging', 'monitoring', 'bench'];
  const nested = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) =>
      join(folder, file),
    ),
  );
  return [...readdirSync(root), ...nested].filter((file) => file.endsWith('.md')).toSorted();
}

export interface CodeBlock {
  /** `file:line` of its first line. */
  readonly place: string;
  readonly language: string;
  /** The second word of the info string; '' where there is none. */
  readonly name: string;
  readonly text: string;
}

export interface Page {
  readonly file: string;
  readonly blocks: readonly CodeBlock[];
  /** Code within lines, and lines that are code by their indentation. */
  readonly inlineCode: readonly { readonly place: string; readonly text: string }[];
  readonly links: readonly { readonly place: string; readonly target: string }[];
  readonly anchors: ReadonlySet<string>;
}

export function readPage(file: string): Page {
  const lines = readFileSync(join(root, file), 'utf8').split('\n');
  const blocks: CodeBlock[] = [];
  const prose: { place: string; line: string }[] = [];
  let open: { place: string; info: string; lines: string[] } | undefined;
  for (const [index, line] of lines.entries()) {
    const place = `${file}:${index + 1}`;
    const info = /^\s*```(.*)$/.exec(line)?.[1];
    if (open && info === '') {
      const [language = '', name = ''] = open.info.split(' ');
      blocks.push({ place: open.place, language, name, text: `${open.lines.join('\n')}\n` });
      open = undefined;
    } else if (open) open.lines.push(line);
    else if (info !== undefined) open = { place: `${file}:${index + 2}`, info, lines: [] };
    else prose.push({ place, line });
  }
  return {
    file,
    blocks,
    inlineCode: prose.flatMap(({ place, line }) => codeOf(line).map((text) => ({ place, text }))),
    links: prose.flatMap(({ place, line }) => linksOf(line).map((target) => ({ place, target }))),
    anchors: anchorsOf(prose.map(({ line }) => line)),
  };
}

function codeOf(line: string): readonly string[] {
  if (/^ {4}\S/.test(line)) return [line.trim()];
  return [...line.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text);
}

/** Not those in code. */
function linksOf(line: string): readonly string[] {
  const text = line.replaceAll(/`[^`]*`/g, 'code');
  return [...text.matchAll(/\]\(([^()\s]+)\)/g)].map(([, target = '']) => target);
}

/** Of headings, as GitHub makes them, and those that are written. */
function anchorsOf(lines: readonly string[]): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const line of lines) {
    const heading = /^#{1,6} (.+)$/.exec(line)?.[1];
    if (heading !== undefined) addHeading(heading, anchors);
    for (const [, id = ''] of line.matchAll(/<a id="([^"]+)">/g)) anchors.add(id);
  }
  return anchors;
}

function addHeading(heading: string, anchors: Set<string>): void {
  const plain = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1');
  const slug = plain
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\p{M}_ -]/gu, '')
    .replaceAll(' ', '-');
  let anchor = slug;
  for (let number = 1; anchors.has(anchor); number++) anchor = `${slug}-${number}`;
  anchors.add(anchor);
}
