// The message list: re-renders only changed rows, and stays scrolled to the end while the reader is there.

import { fill, h } from '../lib/dom.js';
import { preserveFocus } from '../lib/focus.js';
import { icon } from '../lib/icons.js';
import { betweenPresses } from '../lib/press.js';
import { rows } from '../lib/timeline.js';
import { dayTitle } from '../lib/time.js';
import { messageView } from './message.js';

const NEAR_END_PX = 80;
const FLASH_MS = 1_800;

export class Log {
  #session;
  #context;
  #scroller;
  #list;
  #endButton;
  #welcome;
  #rendered = new Map();
  #place = null;
  #isAtEnd = true;
  #lastTop = 0;
  #lastHeight = 0;

  /** Brings the list up to date. */
  draw;

  /**
   * @param {object} parts
   * @param {object} parts.session
   * @param {import('./message.js').RowContext} parts.context without `jumpTo`, which is this log's own
   * @param {(place: object | null) => Node} parts.welcome the card above the first message of a channel
   */
  constructor({ session, context, welcome }) {
    this.#session = session;
    this.#context = { ...context, jumpTo: (id) => this.jumpTo(id) };
    this.#welcome = welcome;
    this.#scroller = document.getElementById('log');
    this.#list = document.getElementById('messages');
    this.#endButton = document.getElementById('to-end');
    this.#endButton.addEventListener('click', () => this.scrollToEnd(true));
    this.#scroller.addEventListener('scroll', () => this.#trackScroll(), { passive: true });
    // Loading pictures and shrinking windows must not push the newest message out of view.
    const keep = new ResizeObserver(() => this.#isAtEnd && this.scrollToEnd());
    keep.observe(this.#list);
    keep.observe(this.#scroller);
    this.draw = betweenPresses(this.#list, () => this.#draw());
    for (const name of ['place', 'messages', 'commands', 'world']) session.addEventListener(name, this.draw);
  }

  #draw() {
    const place = `${this.#session.userId} ${this.#session.channelId}`;
    const isNewPlace = place !== this.#place;
    if (isNewPlace) this.#clear();
    this.#place = place;
    const { messages } = this.#session;
    const rowSpecs = messages === null ? this.#loadingRow() : this.#rowsOf(messages);
    const hasNewRows = rowSpecs.some(({ key }) => !this.#rendered.has(key));
    // A reader who sent a command wants to see the answer.
    const hasOwnCommand = rowSpecs.some(({ key, isOwnCommand }) => isOwnCommand && !this.#rendered.has(key));
    preserveFocus(this.#list, () => this.#reconcile(rowSpecs));
    if (isNewPlace || hasOwnCommand) this.#isAtEnd = true;
    if (this.#isAtEnd) this.scrollToEnd();
    else if (hasNewRows) this.#endButton.classList.add('has-news');
  }

  /** Scrolls to a message and highlights it for a moment. */
  jumpTo(messageId) {
    const element = document.getElementById(`message-${messageId}`);
    if (!element) return;
    this.#isAtEnd = false;
    element.scrollIntoView({ block: 'center' });
    element.focus({ preventScroll: true });
    element.classList.add('is-found');
    setTimeout(() => element.classList.remove('is-found'), FLASH_MS);
  }

  scrollToEnd(isSmooth = false) {
    this.#scroller.scrollTo({ top: this.#scroller.scrollHeight, behavior: isSmooth ? 'smooth' : 'instant' });
  }

  #trackScroll() {
    const { scrollTop, scrollHeight, clientHeight } = this.#scroller;
    // Only upward scrolling at an unchanged height is the reader's: shrinking cards and loading pictures change the height.
    if (scrollHeight - scrollTop - clientHeight < NEAR_END_PX) this.#isAtEnd = true;
    else if (scrollTop < this.#lastTop && scrollHeight === this.#lastHeight) this.#isAtEnd = false;
    this.#lastTop = scrollTop;
    this.#lastHeight = scrollHeight;
    this.#endButton.hidden = this.#isAtEnd;
    if (this.#isAtEnd) this.#endButton.classList.remove('has-news');
  }

  #loadingRow() {
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
    const { busy, faults } = this.#context;
    const original = this.#originalOf(row.message);
    const pressed = [...busy].filter((key) => key.startsWith(`${row.message.id} `));
    const state = JSON.stringify([
      row.message,
      row.isHead,
      pressed,
      faults.get(row.message.id) ?? null,
      original,
    ]);
    return { key: row.key, state, make: () => messageView({ ...row, original }, this.#context) };
  }

  /** The message that is replied to: its current version if known, else the copy in the reply. */
  #originalOf({ message_reference: reference, referenced_message: fetched }) {
    if (this.#session.isGone(reference?.message_id)) return null;
    return this.#session.find(reference?.message_id) ?? fetched ?? null;
  }

  #noticeRow(notice) {
    return {
      key: notice.id,
      state: notice.state,
      isOwnCommand: true,
      make: () => noticeView(notice, this.#session),
    };
  }

  #clear() {
    this.#rendered.clear();
    this.#list.replaceChildren();
  }

  /** Makes the list hold exactly these rows; only changed ones are re-rendered, since moved elements lose focus and playback. */
  #reconcile(rowSpecs) {
    const rendered = new Map();
    const keys = new Set(rowSpecs.map(({ key }) => key));
    for (const [key, { element }] of this.#rendered) if (!keys.has(key)) element.remove();
    let previous = null;
    for (const { key, state, make } of rowSpecs) {
      const old = this.#rendered.get(key);
      const element = old?.state === state ? old.element : make();
      if (old && old.element !== element) old.element.replaceWith(element);
      const next = previous ? previous.nextSibling : this.#list.firstChild;
      if (next !== element) this.#list.insertBefore(element, next);
      rendered.set(key, { state, element });
      previous = element;
    }
    this.#rendered = rendered;
  }
}

/** A pending command, or one that the bot did not answer. */
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
