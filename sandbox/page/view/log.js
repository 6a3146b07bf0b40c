// The message column: keeps rows that did not change, and keeps the newest in sight while the reader is there.

import { fill, h } from '../lib/dom.js';
import { keepingFocus } from '../lib/focus.js';
import { icon } from '../lib/icons.js';
import { rows } from '../lib/timeline.js';
import { dayTitle } from '../lib/time.js';
import { messageView } from './message.js';

const NEAR_END_PX = 80;
const FLASH_MS = 1_800;

export class Log {
  #session;
  #desk;
  #scroller;
  #list;
  #toEnd;
  #welcome;
  #drawn = new Map();
  #place = null;
  #isAtEnd = true;
  #lastTop = 0;
  #lastHeight = 0;

  /**
   * @param {object} parts
   * @param {object} parts.session
   * @param {import('./message.js').Desk} parts.desk without `jumpTo`, which is this log's own
   * @param {(place: object | null) => Node} parts.welcome what stands above the first message of a channel
   */
  constructor({ session, desk, welcome }) {
    this.#session = session;
    this.#desk = { ...desk, jumpTo: (id) => this.jumpTo(id) };
    this.#welcome = welcome;
    this.#scroller = document.getElementById('log');
    this.#list = document.getElementById('messages');
    this.#toEnd = document.getElementById('to-end');
    this.#toEnd.addEventListener('click', () => this.scrollToEnd(true));
    this.#scroller.addEventListener('scroll', () => this.#noteScroll(), { passive: true });
    // Pictures that load and windows that shrink must not push the newest message out of sight.
    const keep = new ResizeObserver(() => this.#isAtEnd && this.scrollToEnd());
    keep.observe(this.#list);
    keep.observe(this.#scroller);
    for (const name of ['place', 'messages', 'commands', 'world'])
      session.addEventListener(name, () => this.draw());
  }

  draw() {
    const place = `${this.#session.userId} ${this.#session.channelId}`;
    const isNewPlace = place !== this.#place;
    if (isNewPlace) this.#clear();
    this.#place = place;
    const { messages } = this.#session;
    const wanted = messages === null ? this.#waiting() : this.#rowsOf(messages);
    const hadNews = wanted.some(({ key }) => !this.#drawn.has(key));
    // Whoever asks the bot for something wants to see the answer.
    const hasAsked = wanted.some(({ key, isAsked }) => isAsked && !this.#drawn.has(key));
    keepingFocus(this.#list, () => this.#reconcile(wanted));
    if (isNewPlace || hasAsked) this.#isAtEnd = true;
    if (this.#isAtEnd) this.scrollToEnd();
    else if (hadNews) this.#toEnd.classList.add('has-news');
  }

  /** Brings a message into sight and makes it glow for a moment. */
  jumpTo(messageId) {
    const element = document.getElementById(`message-${messageId}`);
    if (!element) return;
    this.#isAtEnd = false;
    element.scrollIntoView({ block: 'center' });
    element.focus({ preventScroll: true });
    element.classList.add('is-found');
    setTimeout(() => element.classList.remove('is-found'), FLASH_MS);
  }

  scrollToEnd(isAsked = false) {
    this.#scroller.scrollTo({ top: this.#scroller.scrollHeight, behavior: isAsked ? 'smooth' : 'instant' });
  }

  #noteScroll() {
    const { scrollTop, scrollHeight, clientHeight } = this.#scroller;
    // Only a reader scrolls up while the height stays: a card that shrinks and a picture that loads both move the list.
    if (scrollHeight - scrollTop - clientHeight < NEAR_END_PX) this.#isAtEnd = true;
    else if (scrollTop < this.#lastTop && scrollHeight === this.#lastHeight) this.#isAtEnd = false;
    this.#lastTop = scrollTop;
    this.#lastHeight = scrollHeight;
    this.#toEnd.hidden = this.#isAtEnd;
    if (this.#isAtEnd) this.#toEnd.classList.remove('has-news');
  }

  #waiting() {
    return [
      {
        key: 'waiting',
        state: '',
        make: () => h('div', { class: 'waiting', 'aria-hidden': 'true' }, h('i'), h('i'), h('i')),
      },
    ];
  }

  #rowsOf(messages) {
    const place = this.#session.place();
    return [
      {
        key: 'welcome',
        state: JSON.stringify([place?.channel, messages.length > 0]),
        make: () => this.#welcome(place),
      },
      ...rows(messages, this.#session.dismissed).map((row) => this.#rowOf(row)),
      ...this.#session.notices.map((notice) => this.#noticeRow(notice)),
    ];
  }

  #rowOf(row) {
    if (row.kind === 'day') {
      return {
        key: row.key,
        state: '',
        make: () =>
          h('div', { class: 'day', role: 'separator' }, h('span', {}, dayTitle(row.date, new Date()))),
      };
    }
    const { busy, faults } = this.#desk;
    const original = this.#originalOf(row.message);
    const pressed = [...busy].filter((key) => key.startsWith(`${row.message.id} `));
    const state = JSON.stringify([
      row.message,
      row.isHead,
      pressed,
      faults.get(row.message.id) ?? null,
      original,
    ]);
    return { key: row.key, state, make: () => messageView({ ...row, original }, this.#desk) };
  }

  /** What a message answers: as it reads now where that is known, else as it read when the answer was fetched. */
  #originalOf({ message_reference: reference, referenced_message: fetched }) {
    if (this.#session.isGone(reference?.message_id)) return null;
    return this.#session.find(reference?.message_id) ?? fetched ?? null;
  }

  #noticeRow(notice) {
    return {
      key: notice.id,
      state: notice.state,
      isAsked: true,
      make: () => noticeView(notice, this.#session),
    };
  }

  #clear() {
    this.#drawn.clear();
    this.#list.replaceChildren();
  }

  /** Makes the list hold exactly these rows, making anew only what changed: what is moved loses focus and sound. */
  #reconcile(wanted) {
    const drawn = new Map();
    const keys = new Set(wanted.map(({ key }) => key));
    for (const [key, { element }] of this.#drawn) if (!keys.has(key)) element.remove();
    let previous = null;
    for (const { key, state, make } of wanted) {
      const old = this.#drawn.get(key);
      const element = old?.state === state ? old.element : make();
      if (old && old.element !== element) old.element.replaceWith(element);
      const next = previous ? previous.nextSibling : this.#list.firstChild;
      if (next !== element) this.#list.insertBefore(element, next);
      drawn.set(key, { state, element });
      previous = element;
    }
    this.#drawn = drawn;
  }
}

/** A command under way, or one that the bot did not answer. */
function noticeView(notice, session) {
  const command = notice.command && h('span', { class: 'context-command' }, `/${notice.command}`);
  if (notice.state === 'sending') {
    return h(
      'div',
      { class: 'notice' },
      h('span', { class: 'spinner', 'aria-hidden': 'true' }),
      'Sending ',
      command ?? 'it',
      ' …',
    );
  }
  const element = h('div', { class: 'notice is-failed', role: 'alert' });
  const dismiss = h(
    'button',
    { type: 'button', class: 'text-button', on: { click: () => session.dismiss(notice.id) } },
    'Dismiss',
  );
  fill(element, icon('alert'), h('span', {}, command && [command, ' · '], notice.reason), ' ', dismiss);
  return element;
}
