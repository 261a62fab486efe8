// The chunks of bodies in PostgreSQL: written as they arrive, read by number, given up.
import { crc32 } from 'node:zlib';
import { StoreError } from '../../relay/ports.ts';
import type { Database } from './database.ts';
import { blob, flag, integer, type Row } from './row.ts';

export const chunkBytes = 262_144;

export interface ChunkPlace {
  readonly body: number;
  readonly sequence: number;
}

export class Bodies {
  readonly #database: Database;
  readonly #instance: string;
  #deleting: Promise<void> | undefined;

  constructor(database: Database, instance: string) {
    this.#database = database;
    this.#instance = instance;
  }

  /** A number that no body has had. */
  async nextNumber(): Promise<number> {
    const text = `SELECT nextval('graphpost.body_number') AS number`;
    const [row] = await this.#database.ask({ name: 'next_body', text });
    return integer(row ?? {}, 'number');
  }

  /** Writes a chunk of a body that still arrives. */
  async write({ body, sequence }: ChunkPlace, bytes: Uint8Array): Promise<void> {
    const [row] = await this.#database.ask({
      name: 'put_chunk',
      text: 'SELECT graphpost.put_chunk($1, $2, $3, $4, $5) AS is_written',
      values: [this.#instance, body, sequence, crc32(bytes), asBuffer(bytes)],
    });
    if (!flag(row ?? {}, 'is_written')) throw bodyGone();
  }

  /** @throws StoreError `corrupt` when the chunk is missing, or is not what was written */
  async read({ body, sequence }: ChunkPlace): Promise<Uint8Array> {
    const text = 'SELECT crc32, bytes FROM graphpost.chunk WHERE body = $1 AND sequence = $2';
    const values = [body, sequence];
    const [row] = await this.#database.ask({ name: 'read_chunk', text, values });
    const bytes = row === undefined ? undefined : soundBytes(row);
    if (bytes !== undefined) return bytes;
    throw new StoreError(
      'corrupt',
      `The body ${body} is damaged or gone from byte ${sequence * chunkBytes} on`,
    );
  }

  /** The first chunks of these bodies, by number, as far as they are sound. */
  async readFirst(bodies: readonly number[]): Promise<ReadonlyMap<number, Uint8Array>> {
    if (bodies.length === 0) return new Map();
    const rows = await this.#database.ask({
      name: 'read_first_chunks',
      text: 'SELECT body, crc32, bytes FROM graphpost.chunk WHERE body = ANY ($1::bigint[]) AND sequence = 0',
      values: [bodies],
    });
    return new Map(
      rows.flatMap((row) => {
        const bytes = soundBytes(row);
        return bytes === undefined ? [] : [[integer(row, 'body'), bytes] as const];
      }),
    );
  }

  /** Whether the body of a message is still here. */
  async has(body: number): Promise<boolean> {
    const text =
      'SELECT EXISTS (SELECT FROM graphpost.chunk WHERE body = $1 AND sequence = 0) AS is_there';
    const [row] = await this.#database.ask({ name: 'has_chunk', text, values: [body] });
    return flag(row ?? {}, 'is_there');
  }

  /** Gives up a body that was not committed. Never throws: what is left goes with this instance. */
  async discard(body: number): Promise<void> {
    const text = 'SELECT graphpost.discard_body($1)';
    await this.#database.ask({ name: 'discard_body', text, values: [body] }).catch(() => undefined);
  }

  /** Deletes the chunks that nobody needs, a few at a time. Never throws: the next call goes on. */
  async deleteDropped(): Promise<void> {
    this.#deleting ??= this.#deleteAll((question) => this.#database.ask(question)).finally(
      () => (this.#deleting = undefined),
    );
    await this.#deleting;
  }

  /** As `deleteDropped`, when the database takes no other question any more. */
  async deleteLast(): Promise<void> {
    await this.#deleteAll((question) => this.#database.askLast(question));
  }

  async #deleteAll(ask: Database['ask']): Promise<void> {
    const text = 'SELECT graphpost.delete_dropped() AS more';
    try {
      for (;;) {
        const [row] = await ask({ name: 'delete_dropped', text });
        if (!flag(row ?? {}, 'more')) return;
      }
    } catch {
      return;
    }
  }
}

/** Its chunks were deleted, because this process had not been heard of for long. */
function bodyGone(): StoreError {
  return new StoreError('away', 'The body is not in the queue any more');
}

function soundBytes(row: Row): Uint8Array | undefined {
  const bytes = blob(row, 'bytes');
  return crc32(bytes) === integer(row, 'crc32') ? bytes : undefined;
}

/** The same bytes: `pg` sends nothing but a Buffer as bytes. */
export function asBuffer({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
