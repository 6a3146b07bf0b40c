// The messages of one channel, and how they are laid out in rows. Pure.

import { compareIds } from './ids.js';
import { dayKey } from './time.js';

const COMPONENTS_V2 = 1 << 15;
const GROUP_GAP_MS = 7 * 60_000;

/** What is known of one channel's messages; events that arrive while a fetch is under way are not lost. */
export class Timeline {
  #messages = new Map();
  #gone = new Set();
  #sinceFetch = null;

  /** Whether the messages were ever fetched. */
  isLoaded = false;

  /** Call before fetching, so that `load` can put newer events over the fetched state. */
  beginFetch() {
    this.#sinceFetch = [];
  }

  /** Takes a fetched state in place of the old one. */
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

  /** Whether a message was dropped: what answers it still carries its words. */
  isGone(id) {
    return this.#gone.has(id);
  }

  /** All messages, the oldest first. */
  list() {
    return [...this.#messages.values()].sort((left, right) => compareIds(left.id, right.id));
  }

  #change(apply) {
    this.#sinceFetch?.push(apply);
    apply();
  }
}

/**
 * The rows of a channel: day lines and messages, `isHead` where the author is shown anew.
 *
 * @param {Array<object>} messages the oldest first
 * @param {Set<string>} dismissed IDs of private answers that the reader closed
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

/** The attachments to show with a message: those that no embed shows already; components show theirs by themselves. */
export function looseAttachments(message) {
  if ((message.flags ?? 0) & COMPONENTS_V2) return [];
  const shown = new Set((message.embeds ?? []).flatMap((embed) => [embed.image?.url, embed.thumbnail?.url]));
  return (message.attachments ?? []).filter(({ url }) => !shown.has(url));
}
