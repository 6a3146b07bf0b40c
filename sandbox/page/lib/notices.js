// Pending and failed commands, shown below the messages of a channel. Pure.

/** @typedef {{id: string, channelId: string, command: string, state: 'sending' | 'failed', reason: string | null}} Notice */

export class Notices {
  static #count = 0;

  #notices = [];

  /** The notices of a channel, oldest first. @returns {Notice[]} */
  of(channelId) {
    return this.#notices.filter((notice) => notice.channelId === channelId);
  }

  /** Adds a pending command. @returns {Notice} */
  begin(channelId, command) {
    Notices.#count += 1;
    const notice = { id: `notice-${Notices.#count}`, channelId, command, state: 'sending', reason: null };
    this.#notices.push(notice);
    return notice;
  }

  /** Removes the notice of an answered command, or marks it as failed. */
  settle(notice, { state, reason }) {
    const isKnown = this.#notices.some(({ id }) => id === notice.id);
    this.drop(notice.id);
    if (isKnown && state === 'failed')
      this.#notices.push({ ...notice, state, reason: reason ?? 'The application did not respond' });
  }

  drop(noticeId) {
    this.#notices = this.#notices.filter(({ id }) => id !== noticeId);
  }
}
