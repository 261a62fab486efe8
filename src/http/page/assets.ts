// The files that pages load: served under names that change with their content, so that browsers may keep them for good.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

export interface Asset {
  readonly content: string;
  readonly contentType: string;
}

const types = {
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
} as const;

/** Ours lie beside this file, the others in their packages. */
const { resolve } = createRequire(import.meta.url);
const files = {
  'page.css': new URL('assets/page.css', import.meta.url),
  'parts.css': new URL('assets/parts.css', import.meta.url),
  'forms.css': new URL('assets/forms.css', import.meta.url),
  'tables.css': new URL('assets/tables.css', import.meta.url),
  'page.js': new URL('assets/page.js', import.meta.url),
  'charts.js': new URL('assets/charts.js', import.meta.url),
  'uplot.js': 'uplot/dist/uPlot.iife.min.js',
  'uplot.css': 'uplot/dist/uPlot.min.css',
} as const satisfies Readonly<Record<string, URL | string>>;

export type AssetName = keyof typeof files;

interface Loaded extends Asset {
  /** Below `/assets/`: `page.0123456789ab.css`. */
  readonly path: string;
}

let loaded: ReadonlyMap<string, Loaded> | undefined;

/** Where a page finds it. */
export function assetUrl(name: AssetName): string {
  const path = assets().get(name)?.path ?? name;
  return `/assets/${path}`;
}

/** By its path below `/assets/`; undefined: there is none, or it was another version's. */
export function findAsset(path: string): Asset | undefined {
  return [...assets().values()].find((asset) => asset.path === path);
}

/** Read once, when the first page is asked for. */
function assets(): ReadonlyMap<string, Loaded> {
  loaded ??= new Map(Object.entries(files).map(([name, file]) => [name, load(name, file)]));
  return loaded;
}

function load(name: string, file: URL | string): Loaded {
  const content = readFileSync(typeof file === 'string' ? resolve(file) : file, 'utf8');
  const [stem, extension] = name.split('.');
  const digest = createHash('sha256').update(content).digest('hex').slice(0, 12);
  const contentType = extension === 'css' ? types.css : types.js;
  return { content, contentType, path: `${stem}.${digest}.${extension}` };
}
