// The help panel behind "?", the tip for newcomers, and the welcome card at the top of a channel.

import { fill, h } from '../lib/dom.js';
import { icon } from '../lib/icons.js';

const EXAMPLES = ['a trap song', 'a slow waltz for a rainy evening', 'bright synth pop about the sea'];

const NEXT_STEPS = [
  ['/compose', 'and Enter, with nothing behind it, opens a form for a long text.'],
  ['genre, mood, tempo …', 'are options of /compose, and “private” keeps a song to yourself until you share it.'],
  ['The buttons', 'under a song make another like it, change its prompt, or like it.'],
  ['The menu', 'of any message, on the right of it, makes a song of its text.'],
  ['/songs', 'lists them all, /job status follows one.'],
  ['/privacy', 'shows, hands over or erases what the bot keeps about you.'],
  ['“You are”', 'at the lower left lets you be somebody else, who sees and may do other things.'],
  [
    'The control room',
    'at the upper right shows each look at each song live, makes Whisul and Discord fail, and time run.',
  ],
];

const SEEN_KEY = 'tip-seen';

export class Help {
  #composer;
  #storage;
  #tip;
  #dialog;
  #about = {};

  /** @param {{composer: {begin: Function, insert: Function}, storage: Storage}} parts */
  constructor({ composer, storage }) {
    this.#composer = composer;
    this.#storage = storage;
    this.#tip = document.getElementById('tip');
    this.#dialog = document.getElementById('help');
    document.getElementById('help-open').addEventListener('click', () => this.open());
    document.getElementById('tip-more').addEventListener('click', () => this.open());
    document.getElementById('tip-close').addEventListener('click', () => this.dismissTip());
    this.#tip.hidden = storage.getItem(SEEN_KEY) !== null;
    this.#dialog.addEventListener('click', (event) => event.target === this.#dialog && this.#dialog.close());
  }

  /** Updates the facts about the demo. @param {{whisul_url?: string, speed?: number, hints?: object[]}} about */
  update(about) {
    this.#about = { ...this.#about, ...about };
  }

  /** Opens the panel, and dismisses the tip. */
  open() {
    this.dismissTip();
    const close = h(
      'button',
      {
        type: 'button',
        class: 'icon-button',
        'aria-label': 'Close',
        on: { click: () => this.#dialog.close() },
      },
      icon('close'),
    );
    fill(
      this.#dialog,
      h(
        'header',
        { class: 'help-head' },
        h('h2', { class: 'dialog-title', id: 'help-title' }, 'About this place'),
        close,
      ),
      h(
        'div',
        { class: 'help-body' },
        this.#whatToType(),
        this.#whatItIs(),
        this.#faultHints(),
        this.#keys(),
      ),
    );
    this.#dialog.showModal();
  }

  /** The card above the first message of a channel: its name, and example commands. */
  welcome(place) {
    if (!place)
      return h(
        'div',
        { class: 'welcome' },
        h('h2', {}, 'Nothing to see'),
        h('p', {}, 'This user sees no channel. Choose somebody else at the bottom of the list.'),
      );
    const { guild, channel } = place;
    return h(
      'div',
      { class: 'welcome' },
      h('span', { class: 'welcome-icon' }, icon({ 1: 'message', 11: 'thread' }[channel.type] ?? 'hash')),
      h('h2', {}, channel.name),
      h(
        'p',
        {},
        guild ? `This is where ${channel.name} in ${guild.name} begins.` : 'What the bot tells you alone.',
      ),
      channel.can_write &&
        h(
          'div',
          { class: 'starters' },
          EXAMPLES.map((words) => this.#starter(words)),
        ),
    );
  }

  /** Hides the tip; the storage remembers that. */
  dismissTip() {
    this.#tip.hidden = true;
    this.#storage.setItem(SEEN_KEY, 'yes');
  }

  #starter(words) {
    return h(
      'button',
      { type: 'button', class: 'starter', on: { click: () => this.#composer.begin('compose', words) } },
      h('b', {}, '/compose'),
      ` ${words}`,
    );
  }

  #whatItIs() {
    const { speed } = this.#about;
    return section(
      'What is real here',
      h('ul', { class: 'help-list' }, [
        h('li', {}, h('b', {}, 'The bot'), ' is the real program, running as it would on your server.'),
        h(
          'li',
          {},
          h('b', {}, 'The chat'),
          ' is a stand-in for Discord on this machine. Nothing leaves it, and nobody needs an account.',
        ),
        h(
          'li',
          {},
          h('b', {}, 'The music service'),
          ' is simulated: it makes small songs with a beat, and covers, by itself.',
        ),
      ]),
      Number(speed) > 0 &&
        h(
          'p',
          { class: 'speed' },
          h('b', {}, `${speed}×`),
          speed === 1
            ? ' Time runs as it would for real.'
            : ` A song that takes two minutes for real takes about ${secondsOf(120 / speed)} here.`,
        ),
    );
  }

  #whatToType() {
    const starters = EXAMPLES.map((words) =>
      this.#closing(() => this.#composer.begin('compose', words), [h('b', {}, '/compose'), ` ${words}`]),
    );
    return section(
      'What to type',
      h('p', {}, 'Type / to see every command. Press one of these to try it:'),
      h('div', { class: 'starters' }, starters),
      h('p', {}, 'And then:'),
      h(
        'ul',
        { class: 'help-list' },
        NEXT_STEPS.map(([what, words]) => h('li', {}, h('b', {}, what), ` ${words}`)),
      ),
    );
  }

  #faultHints() {
    const hints = (this.#about.hints ?? []).map((hint) =>
      typeof hint === 'string' ? { word: hint, meaning: '' } : hint,
    );
    if (hints.length === 0) return null;
    const rows = hints.map(({ word, meaning }) => [
      h(
        'dt',
        {},
        this.#closing(() => this.#composer.insert(word), word, 'hint-word'),
      ),
      h('dd', {}, meaning),
    ]);
    return section(
      'Make it go wrong',
      h('p', {}, 'These words in a prompt make it go wrong for that song alone, to see how the bot copes:'),
      h('dl', { class: 'hints' }, rows),
    );
  }

  #keys() {
    const keys = [
      ['/', 'list the commands'],
      ['↑ ↓', 'move in the list'],
      ['Tab', 'take a suggestion'],
      ['Enter', 'take it, or send'],
      ['Esc', 'leave'],
      ['← →', 'in a song: five seconds; Page ↑ and ↓: thirty; Space: play'],
      ['Right click', 'the menu of a message; on a phone, a long press'],
    ];
    return section(
      'Keys',
      h(
        'dl',
        { class: 'keys' },
        keys.map(([key, meaning]) => [h('dt', {}, h('kbd', {}, key)), h('dd', {}, meaning)]),
      ),
    );
  }

  /** A button that closes the panel before it acts, since the composer is behind it. */
  #closing(act, label, className = 'starter') {
    const press = () => {
      this.#dialog.close();
      act();
    };
    return h('button', { type: 'button', class: className, on: { click: press } }, label);
  }
}

function section(title, ...children) {
  return h('section', { class: 'help-section' }, h('h3', {}, title), children);
}

function secondsOf(seconds) {
  if (seconds >= 90) return `${Math.round(seconds / 60)} minutes`;
  return seconds < 2 ? 'a second or two' : `${Math.round(seconds)} seconds`;
}
