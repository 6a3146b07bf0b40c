// What an option of a command may be completed to: its choices, what can be named here, or what the bot suggests.

import { matchingChoices } from '../lib/commands.js';
import { kindsOfOption, matching } from '../lib/references.js';

const ASK_DELAY_MS = 220;

export class Completion {
  #session;
  #suggestions;
  #timer = null;
  #turn = 0;

  /** @param {{session: object, suggestions: import('./suggestions.js').Suggestions}} parts */
  constructor({ session, suggestions }) {
    this.#session = session;
    this.#suggestions = suggestions;
  }

  /**
   * Offers choices and names at once, the bot's own suggestions after a moment's rest.
   *
   * @param {object} option as registered
   * @param {HTMLInputElement} field
   * @param {{draft: import('../lib/draft.js').Draft, isWanted: () => boolean}} parts whether the field still waits
   */
  offer(option, field, { draft, isWanted }) {
    clearTimeout(this.#timer);
    this.#turn += 1;
    const turn = this.#turn;
    const show = (choices) =>
      turn === this.#turn && isWanted() && this.#show(option, field, draft, choices);
    const kinds = kindsOfOption(option);
    if (option.choices?.length) show(matchingChoices(option.choices, field.value));
    else if (kinds.length) show(this.#named(option, kinds, field.value));
    else if (option.autocomplete) {
      const ask = () => this.#session.suggest(draft.name, draft.readFor(option), option.name);
      this.#timer = setTimeout(() => void ask().then(show), ASK_DELAY_MS);
    } else this.#suggestions.close();
  }

  /** The people, roles or channels that an option may mean; behind a name that is there in full, all of them. */
  #named(option, kinds, text) {
    const known = this.#session.referable(kinds, option.channel_types);
    const isChosen = known.some(({ label }) => label === text);
    return matching(known, isChosen ? '' : text).map(({ label, value, description }) => ({
      name: label,
      value,
      words: description,
    }));
  }

  #show(option, field, draft, choices) {
    const take = ({ name, value }) => {
      field.value = name;
      field.dispatchEvent(new CustomEvent('taken'));
      draft.set(option, { text: name, value });
      this.#suggestions.close();
    };
    const entries = choices.map((choice) => ({
      lead: choice.name,
      words: choice.words ?? '',
      choose: () => take(choice),
    }));
    // What the bot suggests need not be what was meant: Enter sends the words as they are.
    this.#suggestions.show(field, {
      title: option.description ?? option.name,
      entries,
      isEager: !option.autocomplete,
    });
  }
}
