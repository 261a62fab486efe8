// What an import has to say beside the file: what is to be done, what differs, what has no counterpart, and the secrets.
import { inFile, type Block, type Piece } from './import-document.ts';
import type { Settings } from './import-settings.ts';

/** The text is not what it was said to be: a sentence for the operator. */
export class UnfitSource extends Error {
  override readonly name = 'UnfitSource';
}

export interface Finding {
  /** `toDo`: nothing works before; `differs`: works otherwise than it did; `leftOut`: has no counterpart. */
  readonly kind: 'toDo' | 'differs' | 'leftOut';
  /** Its name in the source. */
  readonly setting: string;
  readonly text: string;
}

export interface ImportedSecret {
  /** From the folder of the configuration. */
  readonly path: string;
  /** Absent: the source does not have it, and somebody has to put it in. */
  readonly value?: string;
}

export interface Imported {
  readonly blocks: Block;
  readonly findings: readonly Finding[];
  readonly secrets: readonly ImportedSecret[];
}

/** What an import may know of the world. */
export interface ImportSurroundings {
  /** A path of the source as the configuration has to name it. */
  readonly resolvePath: (path: string) => string;
  /** The hash for `passwordHash`. */
  readonly hashPassword: (password: string) => string;
  /** A text that nobody can guess. */
  readonly randomText: () => string;
}

/** What the parts of a converter share. */
export interface Reading extends ImportSurroundings {
  readonly settings: Settings;
  readonly findings: Findings;
}

export interface Findings {
  toDo(setting: string, text: string): void;
  differs(setting: string, text: string): void;
  leftOut(setting: string, text: string): void;
  /** Puts a secret into a file of its own; `value` absent: the source does not have it. */
  secret(name: string, value: string | undefined): Piece;
  readonly all: readonly Finding[];
  readonly secrets: readonly ImportedSecret[];
}

export function createFindings(): Findings {
  const all: Finding[] = [];
  const secrets: ImportedSecret[] = [];
  const add = (kind: Finding['kind']) => (setting: string, text: string) => {
    all.push({ kind, setting, text });
  };
  return {
    toDo: add('toDo'),
    differs: add('differs'),
    leftOut: add('leftOut'),
    secret(name, value) {
      const path = freePath(toFileName(name), secrets);
      secrets.push({ path, ...(value !== undefined && value !== '' && { value }) });
      return inFile(path);
    },
    all,
    secrets,
  };
}

/** Two names may be one file name. */
function freePath(name: string, taken: readonly ImportedSecret[]): string {
  const isTaken = (path: string) => taken.some((secret) => secret.path === path);
  let path = `secrets/${name}`;
  for (let number = 2; isTaken(path); number++) path = `secrets/${name}-${number}`;
  return path;
}

function toFileName(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9.]+/g, '-');
}
