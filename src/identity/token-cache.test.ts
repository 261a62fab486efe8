import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { announcementOf, TokenCache, type SignIn, type SignInKey } from './token-cache.ts';

const key = 'a key that nobody can guess';
const ann: SignInKey = {
  authority: 'https://login.example',
  tenant: 'contoso.com',
  clientId: 'app',
  account: 'Ann@contoso.com',
};
const bob: SignInKey = { ...ann, account: 'bob@contoso.com' };
const signIn: SignIn = { msal: '{"secret":"refresh"}', username: 'ann@contoso.com', renewedAt: 1 };

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'graphpost-cache-'));
  file = join(folder, 'data/tokens');
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

describe('TokenCache', () => {
  test('knows nobody before somebody has signed in, and makes no file for that', async () => {
    const cache = new TokenCache({ file, key });
    expect(cache.read(ann)).toBeUndefined();
    expect(cache.remove(ann)).toBe(false);
    expect(await readdir(folder)).toEqual([]);
  });

  test('keeps each sign-in for all processes, whatever the case of its names', () => {
    new TokenCache({ file, key }).write(ann, signIn);
    const other = new TokenCache({ file, key });
    other.write(bob, { ...signIn, username: 'bob@contoso.com' });
    const cache = new TokenCache({ file, key });
    expect(cache.read({ ...ann, account: 'ann@CONTOSO.com' })).toEqual(signIn);
    expect(cache.remove(ann)).toBe(true);
    expect(other.read(ann)).toBeUndefined();
    expect(other.read(bob)).toMatchObject({ username: 'bob@contoso.com' });
    expect(other.read({ ...bob, clientId: 'other' })).toBeUndefined();
  });

  test('shows nothing of it, to nobody else, and leaves no other file behind', async () => {
    const cache = new TokenCache({ file, key });
    cache.write(ann, signIn);
    const first = await readFile(file, 'utf8');
    cache.write(ann, signIn);
    const second = await readFile(file, 'utf8');
    for (const text of [first, second]) expect(text).not.toMatch(/refresh|contoso|guess/);
    expect(second).not.toBe(first);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readdir(join(folder, 'data'))).toEqual(['tokens']);
  });

  test('opens no file of another key, and does not overwrite it', async () => {
    new TokenCache({ file, key }).write(ann, signIn);
    const before = await readFile(file, 'utf8');
    const other = new TokenCache({ file, key: `${key}!` });
    const fault = /^The token cache ".*tokens" cannot be opened: it was made with another key/;
    expect(() => other.read(ann)).toThrow(fault);
    expect(() => other.write(ann, signIn)).toThrow(fault);
    expect(await readFile(file, 'utf8')).toBe(before);
  });

  test('opens no file in which a single letter was changed', async () => {
    new TokenCache({ file, key }).write(ann, signIn);
    const text = await readFile(file, 'utf8');
    const at = text.indexOf('"data":"') + 12;
    await writeFile(
      file,
      `${text.slice(0, at)}${text[at] === 'A' ? 'B' : 'A'}${text.slice(at + 1)}`,
    );
    expect(() => new TokenCache({ file, key }).read(ann)).toThrow('cannot be opened');
  });

  test('says what cannot be read or written', async () => {
    const cache = new TokenCache({ file: folder, key });
    expect(() => cache.read(ann)).toThrow(`The token cache "${folder}" cannot be read (EISDIR)`);
    await writeFile(join(folder, 'file'), '');
    const below = new TokenCache({ file: join(folder, 'file/tokens'), key });
    expect(() => below.write(ann, signIn)).toThrow('cannot be read (ENOTDIR)');
  });

  test('announces a sign-in beside the file, each time anew', async () => {
    const cache = new TokenCache({ file, key });
    cache.announce();
    const first = await readFile(announcementOf(file), 'utf8');
    cache.announce();
    expect(await readFile(announcementOf(file), 'utf8')).not.toBe(first);
  });
});
