// The bar above the messages: the open channel, and the state of the bot and of the connection.

import { fill, h } from '../lib/dom.js';
import { icon } from '../lib/icons.js';

const KIND_ICONS = { 1: 'message', 3: 'group', 11: 'thread', 12: 'thread' };

export class Topbar {
  #session;
  #elements;

  constructor({ session }) {
    this.#session = session;
    const ids = ['here-icon', 'here-name', 'here-parent', 'bot-state', 'connection'];
    this.#elements = Object.fromEntries(ids.map((id) => [id, document.getElementById(id)]));
    for (const name of ['world', 'place', 'status', 'messages'])
      session.addEventListener(name, () => this.draw());
  }

  draw() {
    const place = this.#session.place();
    const { bot } = this.#session.world;
    fill(this.#elements['here-icon'], icon(KIND_ICONS[place?.channel.type] ?? 'hash'));
    this.#elements['here-name'].textContent = place?.channel.name ?? 'No channel';
    this.#elements['here-parent'].textContent = this.#parentOf(place);
    const words = stateOf(bot, place);
    fill(
      this.#elements['bot-state'],
      h('span', { class: `state ${words === 'online' ? 'is-on' : ''}`, 'aria-hidden': 'true' }),
      h('span', { class: 'bot-name' }, this.#session.nameOf(bot.id)),
      h('span', { class: 'bot-words' }, words),
    );
    this.#elements['bot-state'].title = `${bot.username} is ${words}`;
    this.#elements.connection.hidden = this.#session.isOnline;
    document.title = place ? `${place.guild ? '#' : ''}${place.channel.name} · Greenroom` : 'Greenroom';
  }

  #parentOf(place) {
    if (!place?.guild) return { 1: 'direct messages', 3: 'group' }[place?.channel.type] ?? '';
    const parent = place.guild.channels.find(({ id }) => id === place.channel.parent_id);
    return parent ? `in #${parent.name}` : place.guild.name;
  }
}

/** The bot's state in the open channel. */
function stateOf(bot, place) {
  if (place?.guild && !place.guild.has_bot) return 'not in this server';
  if (!bot.online) return 'offline';
  if (place?.channel.type === 3) return 'online';
  if (place && !place.channel.bot_can_see) return 'can’t see this';
  return place && !place.channel.bot_can_write ? 'can’t post here' : 'online';
}
