// Commands that are on their way, and those that were not answered: lines below the messages of a channel. Pure.

/** @typedef {{id: string, channelId: string, command: string, state: 'sending' | 'failed', reason: string | null}} Notice */

export class Notices {
  static #count = 0;

  #kept = [];

  /** The lines of a channel, the oldest first. @returns {Notice[]} */
  of(channelId) {
    return this.#kept.filter((notice) => notice.channelId === channelId);
  }

  /** A command is on its way. @returns {Notice} */
  begin(channelId, command) {
    Notices.#count += 1;
    const notice = { id: `notice-${Notices.#count}`, channelId, command, state: 'sending', reason: null };
    this.#kept.push(notice);
    return notice;
  }

  /** It was answered, which needs no line any more, or it was not. */
  settle(notice, { state, reason }) {
    const isKnown = this.#kept.some(({ id }) => id === notice.id);
    this.drop(notice.id);
    if (isKnown && state === 'failed')
      this.#kept.push({ ...notice, state, reason: reason ?? 'The application did not respond' });
  }

  drop(noticeId) {
    this.#kept = this.#kept.filter(({ id }) => id !== noticeId);
  }
}
