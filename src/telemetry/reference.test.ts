import { globSync, readFileSync } from 'node:fs';
import { check } from 'prettier';
import { describe, expect, test } from 'vitest';
import { logEvents, logKeys, logNotices } from './log-events.ts';
import { renderLogReference } from './log-reference.ts';
import { fullName, metricNames } from './metric-definitions.ts';
import { renderMetricsReference } from './metrics-reference.ts';

const style = { parser: 'markdown', singleQuote: true, printWidth: 100 };

describe('renderMetricsReference()', () => {
  test('has a section for every metric', () => {
    const page = renderMetricsReference();
    for (const name of metricNames) expect(page).toContain(`## ${fullName(name)}\n`);
  });

  test('is formatted as the repository is', async () => {
    expect(await check(renderMetricsReference(), style)).toBe(true);
  });
});

describe('renderLogReference()', () => {
  test('has every event and every key', () => {
    const page = renderLogReference();
    for (const name of Object.keys(logEvents)) expect(page).toContain(`### ${name}\n`);
    for (const name of Object.keys(logKeys)) expect(page).toContain(`| \`${name}\` `);
  });

  test('has every notice that the sources give', () => {
    const sources = globSync(`${import.meta.dirname}/../**/*.ts`)
      .filter((file) => !file.endsWith('.test.ts'))
      .map((file) => readFileSync(file, 'utf8'));
    const given = sources.flatMap((source) =>
      [...source.matchAll(/notice\(\{[^}]*event: '([^']+)'/g)].map((match) => match[1]),
    );
    expect(new Set(given)).toEqual(new Set(Object.keys(logNotices)));
  });

  test('explains no key that no event has', () => {
    const used = Object.values(logEvents).flatMap(({ always, sometimes }): string[] => [
      ...always,
      ...sometimes,
    ]);
    expect(new Set([...used, 'text'])).toEqual(new Set(Object.keys(logKeys)));
  });

  test('is formatted as the repository is', async () => {
    expect(await check(renderLogReference(), style)).toBe(true);
  });
});
