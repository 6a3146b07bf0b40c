// Completes a command's option: from its choices, from users, roles and channels, or from the bot's autocomplete.

import { labelOf, matchingChoices } from '../lib/commands.js';
import { kindsOfOption, matching } from '../lib/references.js';

const ASK_DELAY_MS = 220;

export class Completion {
  #session;
  #suggestions;
  #timer = null;
  #request = 0;

  /** @param {{session: object, suggestions: import('./suggestions.js').Suggestions}} parts */
  constructor({ session, suggestions }) {
    this.#session = session;
    this.#suggestions = suggestions;
  }

  /**
   * Shows choices and references at once, the bot's suggestions once typing pauses for ASK_DELAY_MS.
   *
   * @param {object} option as registered
   * @param {HTMLInputElement} field
   * @param {{draft: import('../lib/draft.js').Draft, isWanted: () => boolean}} parts whether the field still has the focus
   */
  offer(option, field, { draft, isWanted }) {
    clearTimeout(this.#timer);
    this.#request += 1;
    const request = this.#request;
    const show = (choices) =>
      request === this.#request && isWanted() && this.#show(option, field, draft, choices);
    const kinds = kindsOfOption(option);
    if (option.choices?.length) show(matchingChoices(option.choices, field.value));
    else if (kinds.length) show(this.#references(option, kinds, field.value));
    else if (option.autocomplete) {
      const ask = () => this.#session.suggest(draft.name, draft.readFor(option), option.name);
      this.#timer = setTimeout(() => void ask().then(show), ASK_DELAY_MS);
    } else this.#suggestions.close();
  }

  /** The users, roles or channels that match an option's text; all of them when the text is a complete name. */
  #references(option, kinds, text) {
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
    this.#suggestions.show(field, { title: option.description ?? labelOf(option), entries });
  }
}
