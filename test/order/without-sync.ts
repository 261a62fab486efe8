// Loaded into a gateway beside its own code (node --import): takes the sync from behind its commits, so that a test can show that it would see that.
import { DatabaseSync } from 'node:sqlite';

const real: unknown = Reflect.get(DatabaseSync.prototype, 'exec');
Reflect.set(DatabaseSync.prototype, 'exec', function (this: DatabaseSync, text: string) {
  if (typeof real !== 'function') return;
  Reflect.apply(real, this, [text.replace('synchronous = FULL', 'synchronous = OFF')]);
});
