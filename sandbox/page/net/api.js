// Client of the stand-in's page API: one request function, one method for each route.

/** A request that the stand-in refused, with its message, or that never reached it. */
export class ApiError extends Error {}

const TIMEOUT_MS = 15_000;

export class Api {
  #fetch;

  /** @param {typeof fetch} [fetch_] */
  constructor(fetch_ = (...args) => globalThis.fetch(...args)) {
    this.#fetch = fetch_;
  }

  /** The servers, channels and users that a user sees; the first user's where no ID is given. */
  world(userId) {
    const query = userId ? `?user_id=${encodeURIComponent(userId)}` : '';
    return this.#request(`/page/world${query}`);
  }

  /** The commands that a user may use in a channel. */
  async commands(channelId, userId) {
    const query = `channel_id=${encodeURIComponent(channelId)}&user_id=${encodeURIComponent(userId)}`;
    return (await this.#request(`/page/commands?${query}`)).commands ?? [];
  }

  async messages(channelId, userId) {
    const path = `/page/channels/${encodeURIComponent(channelId)}/messages?user_id=${encodeURIComponent(userId)}`;
    return (await this.#request(path)).messages ?? [];
  }

  about() {
    return this.#request('/page/about');
  }

  async openDirect(userId) {
    return (await this.#request(`/page/dm?user_id=${encodeURIComponent(userId)}`, {})).channel_id;
  }

  async setBot(guildId, userId, isHere) {
    const path = `/page/guilds/${encodeURIComponent(guildId)}/bot?user_id=${encodeURIComponent(userId)}`;
    return (await this.#request(path, { here: isHere })).here;
  }

  async setApp(userId, isInstalled) {
    return (await this.#request(`/page/app?user_id=${encodeURIComponent(userId)}`, { installed: isInstalled })).installed;
  }

  async setLocale(userId, locale) {
    return (await this.#request(`/page/locale?user_id=${encodeURIComponent(userId)}`, { locale })).locale;
  }

  async interact(body) {
    return (await this.#request('/page/interactions', body)).interaction_id;
  }

  async #request(path, body) {
    const init = { signal: AbortSignal.timeout(TIMEOUT_MS) };
    if (body)
      Object.assign(init, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    let answer;
    try {
      answer = await this.#fetch(path, init);
    } catch {
      throw new ApiError('The demo isn’t responding. Is it still running?');
    }
    const data = await answer.json().catch(() => null);
    if (!answer.ok || data === null)
      throw new ApiError(String(data?.error ?? `The demo answered with status ${answer.status}.`));
    return data;
  }
}
