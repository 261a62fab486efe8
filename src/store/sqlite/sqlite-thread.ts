// Entry of the store's thread: opens the queue file, says whether that went well, and serves.
import type { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import { Ballast } from './ballast.ts';
import { openDatabase } from './database.ts';
import { Engine } from './engine.ts';
import type { Trouble } from './operations.ts';
import { serve } from './serve.ts';
import { toTrouble } from './trouble.ts';

export interface ThreadOptions {
  readonly file: string;
  readonly keepBodies: boolean;
  readonly maxPages: number | undefined;
  readonly lockWaitMs: number | undefined;
}

/** The thread's first post. */
export type Opening = { readonly nextBody: number } | { readonly trouble: Trouble };

function open(options: ThreadOptions, reserve: Ballast): Engine {
  const db = openWithReserve(options, reserve);
  try {
    return new Engine(db, { keepBodies: options.keepBodies, reserve });
  } catch (error) {
    db.close();
    throw error;
  }
}

/** On a full disk a start needs room too: for the log. */
function openWithReserve(options: ThreadOptions, reserve: Ballast): DatabaseSync {
  try {
    return openDatabase(options);
  } catch (error) {
    if (toTrouble(error).fault !== 'full') throw error;
    reserve.drop();
    return openDatabase(options);
  }
}

/** Nobody waits for it yet, as the first message would. That one hears of it, too, where it cannot be made. */
function keepEarly(reserve: Ballast): void {
  try {
    reserve.keep();
  } catch {
    return;
  }
}

if (parentPort !== null) {
  try {
    const options: ThreadOptions = workerData;
    const reserve = new Ballast(options.file);
    const engine = open(options, reserve);
    const opening: Opening = { nextBody: engine.nextBody };
    parentPort.postMessage(opening);
    serve(parentPort, engine);
    keepEarly(reserve);
  } catch (error) {
    const opening: Opening = { trouble: toTrouble(error) };
    parentPort.postMessage(opening);
  }
}
