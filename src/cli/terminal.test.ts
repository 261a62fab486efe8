import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { confirm, withPatience } from './terminal.ts';

function terminal({ isTTY = true } = {}) {
  const stdin = Object.assign(new PassThrough(), { isTTY });
  const stderr = Object.assign(new PassThrough(), { isTTY });
  return { stdin, stderr, said: () => String(stderr.read() ?? '') };
}

describe('confirm()', () => {
  test.each([
    ['y\n', 'yes'],
    ['YES\n', 'yes'],
    ['\n', 'no'],
    ['n\n', 'no'],
    ['yesterday\n', 'no'],
  ])('takes %j for %s', async (typed, answer) => {
    const io = terminal();
    const asked = confirm('Delete it?', io);
    io.stdin.write(typed);
    expect(await asked).toBe(answer);
    expect(io.said()).toContain('Delete it? [y/N] ');
  });

  test.each([
    ['Ctrl-C', '\u{3}'],
    ['Ctrl-D', '\u{4}'],
    ['Ctrl-C after some letters', 'ye\u{3}'],
  ])('takes %s for going away', async (_name, typed) => {
    const io = terminal();
    const asked = confirm('Delete it?', io);
    io.stdin.write(typed);
    expect(await asked).toBe('gone');
  });

  test('takes an end without an answer for going away', async () => {
    const io = terminal();
    const asked = confirm('Delete it?', io);
    io.stdin.end();
    expect(await asked).toBe('gone');
  });

  test('asks nothing without a terminal', async () => {
    const io = terminal({ isTTY: false });
    expect(await confirm('Delete it?', io)).toBe('nobody');
    expect(io.said()).toBe('');
  });
});

describe('withPatience()', () => {
  test('gives back what came of the work, and says nothing without a terminal', async () => {
    const io = terminal({ isTTY: false });
    expect(await withPatience(io, () => Promise.resolve(7))).toBe(7);
    await expect(withPatience(io, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(io.said()).toBe('');
  });
});
