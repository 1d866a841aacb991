import { readFileSync } from 'node:fs';
import { Agent as PublicAgent, buildConnector as publicBuildConnector } from 'undici';
import buildConnector from 'undici/lib/core/connect.js';
import Agent from 'undici/lib/dispatcher/agent.js';
import { expect, it } from 'vitest';

/*
 * undici has no public entry point for its Agent alone, and its main module doubles the cost of a cold start. The agent is
 * therefore imported from a private path, which any release may move.
 */

it('the private module of undici exports the public Agent', () => {
  expect(Agent).toBe(PublicAgent);
});

it('the private module of undici exports the public buildConnector', () => {
  expect(buildConnector).toBe(publicBuildConnector);
});

it('undici is pinned to an exact version, because a private path is imported', () => {
  const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
  expect(dependencies.undici).toMatch(/^\d+\.\d+\.\d+$/);
});
