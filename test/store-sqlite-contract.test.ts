// The SQLite engine passes the contract of a Store. Apart from the tests of its thread: hundreds of ports and then threads
// in one process crash Node 24.
import { SqliteUnderTest } from './contract/sqlite-under-test.ts';
import { describeStore } from './contract/store.ts';

describeStore('SqliteStore', () => SqliteUnderTest.create());
