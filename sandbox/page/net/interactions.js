// Sends this tab's interactions, and matches the events that answer them.

const MAX_STORED = 100;
const SETTLE_TIMEOUT_MS = 10_000;
const TYPES = new Set(['interaction', 'modal', 'autocomplete']);

/**
 * An event may arrive before the response with its interaction's ID: such events are kept until the ID is known. Those
 * of other tabs are never used, and dropped as more arrive.
 *
 * Fires `modal` (detail: the event) for a modal that this tab's interaction opened.
 */
export class Interactions extends EventTarget {
  #api;
  #waiting = new Map();
  #early = new Map();

  /** @param {{interact: (body: object) => Promise<string>}} api */
  constructor(api) {
    super();
    this.#api = api;
  }

  /**
   * Sends an interaction, and waits until the bot acknowledged it or failed to.
   *
   * @returns {Promise<{state: 'acknowledged' | 'failed', reason?: string}>} rejects with ApiError if refused
   */
  async send(body) {
    return this.#ask(body, 'interaction', { state: 'failed', reason: 'The demo isn’t responding' });
  }

  /** The bot's autocomplete choices for an option; none if it does not answer. */
  async suggest(body) {
    const { choices } = await this.#ask(body, 'autocomplete', { choices: [] });
    return Array.isArray(choices) ? choices : [];
  }

  /** Handles an event of the stream; returns whether it belongs to an interaction. */
  receive(event) {
    if (!TYPES.has(event.type)) return false;
    const handle = this.#waiting.get(event.interaction_id);
    if (handle) handle(event);
    else this.#keepEarly(event);
    return true;
  }

  async #ask(body, answerType, fallback) {
    const id = await this.#api.interact(body);
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(fallback), SETTLE_TIMEOUT_MS);
      this.#claim(id, (event) => {
        if (event.type === 'modal') this.dispatchEvent(new CustomEvent('modal', { detail: event }));
        else if (event.type === answerType || event.state === 'failed') {
          clearTimeout(timer);
          resolve(event.type === answerType ? event : fallback);
        }
      });
    });
  }

  #claim(id, handle) {
    this.#waiting.set(id, handle);
    for (const event of this.#early.get(id) ?? []) handle(event);
    this.#early.delete(id);
    dropOldest(this.#waiting);
  }

  #keepEarly(event) {
    const events = this.#early.get(event.interaction_id) ?? [];
    this.#early.set(event.interaction_id, [...events, event]);
    dropOldest(this.#early);
  }
}

function dropOldest(map) {
  if (map.size > MAX_STORED) map.delete(map.keys().next().value);
}
