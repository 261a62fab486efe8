import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { Engine, type Reserve, type RoundCall } from './engine.ts';
import type { Answer, NewDeliveryRow } from './operations.ts';
import { migrate } from './schema.ts';

const room: Reserve = { keep: () => true, drop() {} };

function createEngine(options: { reserve?: Reserve; db?: DatabaseSync } = {}): Engine {
  const db = options.db ?? new DatabaseSync(':memory:', { enableForeignKeyConstraints: false });
  if (options.db === undefined) migrate(db, ':memory:');
  return new Engine(db, { keepBodies: false, reserve: options.reserve ?? room });
}

interface Sample extends Partial<NewDeliveryRow> {
  readonly sizeBytes?: number;
}

/** The commit of a message with one delivery, in lane "a" where nothing else is said. */
function commitOf(body: number, { sizeBytes = 10, ...change }: Sample = {}): RoundCall {
  const delivery: NewDeliveryRow = {
    id: `${body}-1`,
    lane: 'a',
    laneConcurrency: 100,
    state: 'ready',
    mayHaveBeenSent: false,
    priority: 'normal',
    ...(change.state !== 'held' && { dueAt: 0 }),
    connection: 'main',
    route: '{}',
    ...change,
  };
  const ask = {
    body,
    id: String(body),
    receivedAt: 0,
    sizeBytes,
    document: '{}',
    chunksStored: 0,
    tail: new Uint8Array(sizeBytes),
    deliveries: [delivery],
  };
  return { number: body, operation: 'commit', ask };
}

const claimAll = {
  number: 1000,
  operation: 'claim',
  ask: { limit: 100, now: 1, leaseMs: 1000 },
} as const satisfies RoundCall;

function recordOf(body: number, attempt = '{}'): RoundCall {
  const change = { state: 'delivered' as const, attempts: 1, agesFrom: 0 };
  const ask = { id: `${body}-1`, fence: 1, attempt, endedAt: 2, change };
  return { number: 2000 + body, operation: 'record', ask };
}

function troubleOf(answer: Answer | undefined): string | undefined {
  return answer !== undefined && 'trouble' in answer ? answer.trouble.message : undefined;
}

describe('Engine.run()', () => {
  test('says how many messages one transaction made durable', () => {
    const engine = createEngine();
    expect(engine.run([commitOf(1), commitOf(2)]).committed).toMatchObject({ messages: 2 });
    expect(engine.run([claimAll]).committed).toBeUndefined();
    expect(engine.run([commitOf(3), commitOf(3)]).committed).toMatchObject({ messages: 1 });
  });

  test('answers questions after what was written with them', () => {
    const figures: RoundCall = { number: 5, operation: 'figures', ask: undefined };
    const { answers } = createEngine().run([figures, commitOf(1)]);
    expect(answers).toContainEqual({
      number: 5,
      value: expect.objectContaining({ bodyBytes: 10, oldestReceivedAt: 0 }),
    });
  });

  test('claims what is committed, and the room that is made, in the same round', () => {
    const engine = createEngine();
    const claimed = (calls: readonly RoundCall[]) => {
      const { answers } = engine.run(calls);
      const answer = answers.find(({ number }) => number === claimAll.number);
      return answer !== undefined && 'value' in answer ? answer.value : undefined;
    };
    const alone = { laneConcurrency: 1 };
    expect(claimed([claimAll, commitOf(1, alone)])).toHaveLength(1);
    expect(claimed([claimAll, commitOf(2, alone)])).toEqual([]);
    const later: RoundCall = { ...claimAll, ask: { ...claimAll.ask, now: 2 } };
    expect(claimed([later, recordOf(1)])).toMatchObject([{ id: '2-1' }]);
  });

  test('refuses new messages without a reserve, and writes results all the same', () => {
    let isKept = true;
    const engine = createEngine({ reserve: { keep: () => isKept, drop() {} } });
    engine.run([commitOf(1)]);
    isKept = false;
    const { answers } = engine.run([claimAll, commitOf(2)]);
    expect(answers.map(({ number }) => number)).toEqual([1000, 2]);
    expect(troubleOf(answers[0])).toBeUndefined();
    expect(troubleOf(answers[1])).toContain('full');
    expect(engine.run([recordOf(1)]).answers).toEqual([{ number: 2001, value: true }]);
  });

  test('refuses new messages when the place of the file cannot be looked at', () => {
    const keep = () => {
      throw new Error('ENOENT: no such file or directory');
    };
    const { answers } = createEngine({ reserve: { keep, drop() {} } }).run([commitOf(1)]);
    expect(troubleOf(answers[0])).toBe(
      'The queue cannot be used: ENOENT: no such file or directory',
    );
  });

  test('uses the reserve for results on a full disk, and never for new messages', () => {
    using db = new DatabaseSync(':memory:');
    migrate(db, ':memory:');
    let quota = 0;
    const setQuota = (pages: number) => {
      quota = pages;
      db.exec(`PRAGMA max_page_count = ${pages}`);
    };
    const drops: number[] = [];
    const drop = () => {
      drops.push(quota);
      setQuota(quota + 100);
    };
    const engine = createEngine({ db, reserve: { keep: () => true, drop } });
    for (let body = 1; body <= 40; body++) engine.run([commitOf(body)]);
    engine.run([claimAll]);
    const pages = Number(db.prepare('PRAGMA page_count').get()?.['page_count']);
    setQuota(pages);
    const large = engine.run([commitOf(50, { sizeBytes: 200_000 })]);
    expect(troubleOf(large.answers[0])).toContain('full');
    expect(drops).toEqual([]);
    const results = engine.run([
      recordOf(1, JSON.stringify('x'.repeat(200_000))),
      recordOf(2),
      commitOf(51, { sizeBytes: 50_000_000 }),
    ]);
    expect(results.answers.map(troubleOf)).toEqual([undefined, undefined, expect.any(String)]);
    expect(drops).toEqual([pages]);
  });
});

describe('a discarded body', () => {
  test('leaves no chunk, even where its first one could not be written', () => {
    using db = new DatabaseSync(':memory:');
    migrate(db, ':memory:');
    const engine = createEngine({ db });
    const ask = { body: 7, sequence: 1, bytes: new ArrayBuffer(100) };
    engine.run([{ number: 1, operation: 'writeChunk', ask }]);
    engine.run([{ number: 2, operation: 'discard', ask: { body: 7 } }]);
    expect(db.prepare('SELECT place FROM chunk').all()).toEqual([]);
  });
});

describe('a sweep', () => {
  test('forgets lanes that nothing has used since, and keeps those of mail that is held', () => {
    using db = new DatabaseSync(':memory:');
    migrate(db, ':memory:');
    const engine = createEngine({ db });
    const lanes = () =>
      db
        .prepare('SELECT key FROM lane')
        .all()
        .map(({ key }) => key);
    engine.run([
      commitOf(1),
      commitOf(2, { lane: 'b' }),
      commitOf(3, { lane: 'c', state: 'held' }),
    ]);
    engine.run([claimAll]);
    engine.run([recordOf(1), recordOf(2)]);
    const after = { state: 'delivered', endedAt: 0, number: 0 } as const;
    const sweep = (before: number): RoundCall => {
      return {
        number: 1,
        operation: 'sweep',
        ask: { deliveredBefore: before, failedBefore: before, after },
      };
    };
    engine.run([sweep(2)]);
    expect(lanes()).toEqual(['a', 'b', 'c']);
    engine.run([sweep(3)]);
    expect(lanes()).toEqual(['c']);
  });
});

describe('Engine.shrink()', () => {
  test('gives pages back until few are free', () => {
    using db = new DatabaseSync(':memory:');
    db.exec('PRAGMA auto_vacuum = INCREMENTAL');
    migrate(db, ':memory:');
    const engine = createEngine({ db });
    engine.run([commitOf(1), commitOf(2, { sizeBytes: 20_000_000 })]);
    engine.run([claimAll]);
    engine.run([recordOf(2)]);
    const pages = () => Number(db.prepare('PRAGMA page_count').get()?.['page_count']);
    const before = pages();
    let steps = 0;
    while (engine.shrink()) steps += 1;
    expect(steps).toBeGreaterThan(10);
    expect(pages()).toBeLessThan(before / 2);
    expect(engine.run([recordOf(1)]).answers).toEqual([{ number: 2001, value: true }]);
  });
});

describe('the statements of an Engine', () => {
  test('read no table from end to end', () => {
    using db = new DatabaseSync(':memory:');
    migrate(db, ':memory:');
    const statements: string[] = [];
    const recording = new Proxy(db, {
      get(_, key) {
        const value: unknown = Reflect.get(db, key, db);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]): unknown => {
          if (key === 'prepare') statements.push(String(args[0]));
          return Reflect.apply(value, db, args);
        };
      },
    });
    createEngine({ db: recording });
    const plans = statements
      .filter((sql) => /^(SELECT|UPDATE|DELETE)/.test(sql))
      .flatMap((sql) =>
        db
          .prepare(`EXPLAIN QUERY PLAN ${sql}`)
          .all()
          .map((row) => ({ sql, plan: String(row['detail']) })),
      );
    const scans = plans.filter(({ plan }) =>
      /^SCAN (message|delivery|chunk|attempt|lane)$/.test(plan),
    );
    expect(plans.length).toBeGreaterThan(30);
    expect(scans).toEqual([]);
  });
});
