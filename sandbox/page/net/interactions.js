// What this tab asked of the bot, and the answers as they come back among everybody's events.

const MAX_KEPT = 100;
const SETTLE_TIMEOUT_MS = 10_000;
const TYPES = new Set(['interaction', 'modal', 'autocomplete']);

/**
 * Sends interactions and matches the events that answer them. An event may overtake the answer that tells its
 * interaction's ID: such events wait until somebody claims the ID. Those of other tabs are never claimed.
 *
 * Fires `modal` (detail: the event) for a dialog that this tab's interaction opened.
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
   * Sends one and waits until the bot acknowledged it or failed to.
   *
   * @returns {Promise<{state: 'acknowledged' | 'failed', reason?: string}>} rejects with ApiError if refused
   */
  async send(body) {
    return this.#ask(body, 'interaction', { state: 'failed', reason: 'Nothing was heard of it' });
  }

  /** The choices that the bot offers for a half-typed option; none if it doesn't answer. */
  async suggest(body) {
    const { choices } = await this.#ask(body, 'autocomplete', { choices: [] });
    return Array.isArray(choices) ? choices : [];
  }

  /** Takes an event of the stream; says whether it was one of these. */
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
    forgetOldest(this.#waiting);
  }

  #keepEarly(event) {
    const events = this.#early.get(event.interaction_id) ?? [];
    this.#early.set(event.interaction_id, [...events, event]);
    forgetOldest(this.#early);
  }
}

function forgetOldest(map) {
  if (map.size > MAX_KEPT) map.delete(map.keys().next().value);
}
