// The messages of one channel, and their layout in rows. Pure.

import { compareIds } from './ids.js';
import { dayKey } from './time.js';

const COMPONENTS_V2 = 1 << 15;
const GROUP_GAP_MS = 7 * 60_000;

/** One channel's messages; events that arrive during a fetch are applied to its result. */
export class Timeline {
  #messages = new Map();
  #gone = new Set();
  #sinceFetch = null;

  /** Whether the messages were ever fetched. */
  isLoaded = false;

  /** Call before fetching, so that `load` can apply newer events to the fetched state. */
  beginFetch() {
    this.#sinceFetch = [];
  }

  /** Replaces the messages by a fetched state. */
  load(messages) {
    this.#messages = new Map(messages.map((message) => [message.id, message]));
    for (const change of this.#sinceFetch ?? []) change();
    this.#sinceFetch = null;
    this.isLoaded = true;
  }

  put(message) {
    this.#change(() => this.#messages.set(message.id, message));
  }

  drop(id) {
    this.#gone.add(id);
    this.#change(() => this.#messages.delete(id));
  }

  get(id) {
    return this.#messages.get(id) ?? null;
  }

  /** Whether a message was deleted; replies to it still contain a copy. */
  isGone(id) {
    return this.#gone.has(id);
  }

  /** All messages, oldest first. */
  list() {
    return [...this.#messages.values()].sort((left, right) => compareIds(left.id, right.id));
  }

  #change(apply) {
    this.#sinceFetch?.push(apply);
    apply();
  }
}

/**
 * The rows of a channel: day separators and messages; with `isHead` the author is shown.
 *
 * @param {Array<object>} messages the oldest first
 * @param {Set<string>} dismissed IDs of ephemeral messages that the reader dismissed
 * @returns {Array<{kind: 'day', key: string, date: Date} | {kind: 'message', key: string, message: object, isHead: boolean}>}
 */
export function rows(messages, dismissed = new Set()) {
  const result = [];
  let previous = null;
  for (const message of messages.filter(({ id }) => !dismissed.has(id))) {
    const date = new Date(message.timestamp);
    const isNewDay = !previous || dayKey(new Date(previous.timestamp)) !== dayKey(date);
    if (isNewDay) result.push({ kind: 'day', key: `day-${dayKey(date)}`, date });
    result.push({
      kind: 'message',
      key: message.id,
      message,
      isHead: isNewDay || startsGroup(message, previous),
    });
    previous = message;
  }
  return result;
}

function startsGroup(message, previous) {
  return (
    message.author.id !== previous.author.id ||
    Boolean(message.interaction_metadata || message.message_reference) ||
    (message.ephemeral_for ?? null) !== (previous.ephemeral_for ?? null) ||
    new Date(message.timestamp) - new Date(previous.timestamp) > GROUP_GAP_MS
  );
}

/** The attachments to list below a message: those that neither an embed nor a component shows. */
export function looseAttachments(message) {
  if ((message.flags ?? 0) & COMPONENTS_V2) return [];
  const shown = new Set((message.embeds ?? []).flatMap((embed) => [embed.image?.url, embed.thumbnail?.url]));
  return (message.attachments ?? []).filter(({ url }) => !shown.has(url));
}
