// The whole gateway with its queue in PostgreSQL: two of them share it, and its password is shown nowhere.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestGateway, type Blocks } from '../support/gateway.ts';
import { startPostgres, type TestDatabase, type TestPostgres } from '../support/postgres.ts';
import { until } from '../support/until.ts';

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(async () => {
  await postgres[Symbol.asyncDispose]();
});

function startOn({ url }: TestDatabase, blocks: Blocks = {}) {
  const retry = 'retry: { first: 100ms, longest: 1s, giveUpAfter: 1h }';
  return startTestGateway({ queue: `queue: { store: "${url}", ${retry} }`, ...blocks });
}

describe('a gateway with its queue in PostgreSQL', () => {
  test('accepts and sends; another on the same queue sends its part, and everything goes once', async () => {
    await using database = await postgres.createDatabase();
    await using first = await startOn(database);
    await using second = await startOn(database);
    const numbers = Array.from({ length: 20 }, (_, number) => number);
    await Promise.all(
      numbers.map((number) =>
        (number % 2 === 0 ? first : second).send({
          from: 'app@contoso.com',
          to: 'someone@example.com',
          subject: String(number),
          text: 'x'.repeat(number === 0 ? 600_000 : 10),
        }),
      ),
    );
    const subjects = () =>
      [first, second].flatMap(({ sandbox }) => sandbox.mailbox.list().map((sent) => sent.subject));
    await until(() => subjects().length >= numbers.length);
    expect(
      subjects()
        .map(Number)
        .toSorted((a, b) => a - b),
    ).toEqual(numbers);
    const { password } = new URL(database.url);
    expect(password).not.toBe('');
    expect(JSON.stringify([first.log, second.log])).not.toContain(password);
  });

  test('keeps a client to its limits over all replicas', async () => {
    await using database = await postgres.createDatabase();
    const clients =
      'clients: [{ name: app, networks: [127.0.0.0/8], senders: ["*"], limits: { messagesPerMinute: 8 } }]';
    await using first = await startOn(database, { clients });
    await using second = await startOn(database, { clients });
    const mail = { from: 'app@contoso.com', to: 'someone@example.com', text: 'x' };
    for (let number = 1; number <= 8; number++) await first.send(mail);
    await expect(first.send(mail)).rejects.toThrow(/450 4\.7\.1/);
    // What comes within a second to both may pass together. Who has told of it has heard of the others.
    const hasHeard = await second.send(mail).then(
      () => false,
      () => true,
    );
    await until(async () => {
      const rows = await database.query('SELECT DISTINCT instance FROM graphpost.rate');
      return hasHeard || rows.length === 2;
    });
    await expect(second.send(mail)).rejects.toThrow(/450 4\.7\.1/);
  });

  test('keeps a mailbox to its limits over all replicas', async () => {
    await using database = await postgres.createDatabase();
    const connections = 'connections: { main: { type: sandbox, limits: { messagesPerHour: 7 } } }';
    await using first = await startOn(database, { connections });
    await using second = await startOn(database, { connections });
    const mail = { from: 'app@contoso.com', to: 'someone@example.com', text: 'x' };
    await Promise.all(
      Array.from({ length: 20 }, (_, number) => (number % 2 === 0 ? first : second).send(mail)),
    );
    const sent = () => [first, second].flatMap(({ sandbox }) => sandbox.mailbox.list());
    const waiting = "SELECT FROM graphpost.delivery WHERE state = 'ready' AND attempts = 0";
    const paused = 'SELECT FROM graphpost.lane WHERE paused_until > 0';
    await until(
      async () =>
        (await database.query(paused)).length === 1 &&
        (await database.query(waiting)).length === 13,
    );
    expect(sent()).toHaveLength(7);
  });
});
