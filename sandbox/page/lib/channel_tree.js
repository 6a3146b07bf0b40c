// Orders a server's channels, with each thread below its channel. Pure.

import { compareIds } from './ids.js';

const THREADS = new Set([10, 11, 12]);

/** The channels of a server in the order of the list: each with its threads below. */
export function channelTree(channels) {
  const threads = channels.filter(({ type }) => THREADS.has(type));
  const tops = channels.filter(({ type }) => !THREADS.has(type));
  const orphans = threads.filter(({ parent_id: parent }) => !tops.some(({ id }) => id === parent));
  const below = (channel) =>
    threads.filter(({ parent_id: parent }) => parent === channel.id).sort((a, b) => compareIds(a.id, b.id));
  return [
    ...tops.map((channel) => ({ channel, threads: below(channel) })),
    ...orphans.map((channel) => ({ channel, threads: [] })),
  ];
}
