// The SQLite engine passes the contract of a Store.
import { SqliteUnderTest } from './contract/sqlite-under-test.ts';
import { describeStore } from './contract/store.ts';

describeStore('SqliteStore', () => SqliteUnderTest.create());
