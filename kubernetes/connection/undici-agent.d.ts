/**
 * `Agent` alone, with the types of `undici`. The package has no public entry point for it, and its main module also
 * loads fetch, caches, mocks and WebSockets, which doubles undici's share of a cold start (70 ms of CPU instead of
 * 35 ms). undici-agent.test.ts guards this import.
 */
declare module 'undici/lib/dispatcher/agent.js' {
  import { Agent } from 'undici';
  export = Agent;
}

/** What `Agent` connects with: it is loaded with it. */
declare module 'undici/lib/core/connect.js' {
  import { buildConnector } from 'undici';
  export = buildConnector;
}
