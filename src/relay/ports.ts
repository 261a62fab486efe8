// What the relay needs of the world: each port is implemented by one folder beside this one, and wired in gateway.ts.
export type * from './events-ports.ts';
export type * from './message-ports.ts';
export type * from './operator-ports.ts';
export * from './store-ports.ts';
export type * from './transport-ports.ts';
