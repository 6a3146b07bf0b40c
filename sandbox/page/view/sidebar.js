// The sidebar: servers, channels with their threads, direct messages, and the acting user.

import { h, fill } from '../lib/dom.js';
import { preserveFocus } from '../lib/focus.js';
import { icon } from '../lib/icons.js';
import { hueOf } from '../lib/ids.js';
import { channelTree } from '../lib/channel_tree.js';
import { betweenPresses } from '../lib/press.js';
import { membership } from '../lib/references.js';
import { avatar, initials } from './avatar.js';
import { withMenu } from './menu.js';

const THREADS = new Set([10, 11, 12]);

/** Renders the server rail and the channel list into the elements of index.html, again after each session event. */
export class Sidebar {
  #session;
  #elements;
  #onOpen;
  #onDirect;

  /** @param {{session: object, onOpen: (channelId: string) => void, onDirect: () => void}} parts */
  constructor({ session, onOpen, onDirect }) {
    this.#session = session;
    this.#onDirect = onDirect;
    this.#onOpen = onOpen;
    this.#elements = Object.fromEntries(
      ['rail', 'place-name', 'place-note', 'channels', 'me', 'guild-menu'].map((id) => [id, document.getElementById(id)]),
    );
    withMenu(this.#elements['guild-menu'], () => this.#guildMenu());
    const places = document.getElementById('places');
    const draw = betweenPresses(places, () => preserveFocus(places, () => this.#draw()));
    for (const name of ['world', 'place', 'unread']) session.addEventListener(name, draw);
  }

  #draw() {
    const { world, channelId } = this.#session;
    const place = this.#session.place();
    fill(
      this.#elements.rail,
      this.#homeIcon(place),
      h('span', { class: 'rail-line' }),
      world.guilds.map((guild) => this.#guildIcon(guild, place)),
    );
    this.#elements['place-name'].textContent = place?.guild?.name ?? 'Direct messages';
    this.#elements['place-note'].textContent = place?.guild ? noteOf(place.guild) : noteOfDirect(place);
    this.#elements['guild-menu'].hidden = !place?.guild?.can_manage;
    fill(
      this.#elements.channels,
      place?.guild ? this.#channelList(place.guild, channelId) : this.#directList(channelId),
    );
    fill(this.#elements.me, this.#userButton(), this.#languageButton());
  }

  #homeIcon(place) {
    const props = {
      label: 'Direct messages with the bot',
      isCurrent: !place?.guild && place !== null,
      pings: this.#pingsIn(this.#directIds()),
      isDisabled: false,
      open: () => this.#onDirect(),
    };
    return railItem({ ...props, face: icon('bars'), className: 'rail-home' });
  }

  #guildIcon(guild, place) {
    const ids = guild.channels.map(({ id }) => id);
    return railItem({
      label: guild.name,
      isCurrent: place?.guild?.id === guild.id,
      pings: this.#pingsIn(ids),
      isDisabled: ids.length === 0,
      open: () => this.#onOpen(ids[0]),
      face: initials(guild.name),
      hue: hueOf(guild.id),
    });
  }

  #guildMenu() {
    const { guild } = this.#session.place();
    const name = this.#session.nameOf(this.#session.world.bot.id);
    const item = guild.has_bot
      ? { label: `Remove ${name}`, description: 'Removes the bot from this server' }
      : { label: `Invite ${name} again`, description: 'With the permissions in its invite link' };
    const choose = () => void this.#session.setBot(guild.id, !guild.has_bot);
    return { label: guild.name, items: [{ ...item, lead: icon(guild.has_bot ? 'close' : 'plus'), choose }] };
  }

  /** The number of unread mentions in these channels; null if nothing is unread. */
  #pingsIn(channelIds) {
    const unread = channelIds.filter((id) => this.#session.unread.has(id));
    return unread.length ? unread.reduce((sum, id) => sum + this.#session.unread.get(id), 0) : null;
  }

  #channelList(guild, channelId) {
    const list = channelTree(guild.channels).map(({ channel, threads }) => [
      this.#channelItem(channel, channelId),
      threads.map((thread) => this.#channelItem(thread, channelId)),
    ]);
    return [h('h3', { class: 'channels-title' }, 'Channels'), list];
  }

  #directList(channelId) {
    return this.#directIds().map((id) => this.#channelItem(this.#session.place(id).channel, channelId));
  }

  /** The direct messages with the bot, once they are open, and the groups. */
  #directIds() {
    const { dm, groups } = this.#session.world;
    return [...(dm ? [dm.channel_id] : []), ...groups.map(({ id }) => id)];
  }

  #channelItem(channel, openId) {
    const pings = this.#pingsIn([channel.id]);
    const isOpen = channel.id === openId;
    const classes = [
      'channel',
      THREADS.has(channel.type) && 'channel-thread',
      isOpen && 'is-current',
      pings !== null && 'is-unread',
    ];
    return h(
      'button',
      {
        type: 'button',
        class: classes.filter(Boolean).join(' '),
        'aria-current': isOpen ? 'page' : null,
        dataset: { key: channel.id },
        on: { click: () => this.#onOpen(channel.id) },
      },
      icon(iconOf(channel)),
      h('span', { class: 'channel-name' }, channel.name),
      noteOfChannel(channel),
      badge(pings),
    );
  }

  #userButton() {
    const { user, world } = this.#session;
    const button = h(
      'button',
      { type: 'button', class: 'me-button', id: 'user-switch' },
      face(user),
      h(
        'span',
        { class: 'me-words' },
        h('span', { class: 'me-label' }, 'You are'),
        h('span', { class: 'me-name' }, nameOf(user)),
      ),
      icon('chevron'),
    );
    const guild = this.#session.place()?.guild ?? null;
    const items = world.users.map((other) => ({
      label: nameOf(other),
      description: [`@${other.username}`, membership(guild, other.id)].filter(Boolean).join(' · '),
      lead: face(other),
      isChecked: other.id === user.id,
      choose: () => void this.#session.actAs(other.id),
    }));
    return withMenu(button, () => ({ label: 'Switch user', items: [...items, this.#appItem()] }));
  }

  /** Adds the bot to the account of the acting user, who can then use it where it is no member. */
  #appItem() {
    const { user, world } = this.#session;
    const name = this.#session.nameOf(world.bot.id);
    const item = user.has_app
      ? { label: `Remove ${name} from your account`, description: 'It then works in its own servers only' }
      : { label: `Add ${name} to your account`, description: 'To use it in groups and servers without the bot' };
    const choose = () => void this.#session.setApp(!user.has_app);
    return { ...item, lead: icon(user.has_app ? 'close' : 'plus'), choose };
  }

  /** The language of the acting user's Discord; null where the bot speaks English only. */
  #languageButton() {
    const { user, world } = this.#session;
    if (world.locales.length < 2) return null;
    const name = languageName(user.locale);
    const props = { type: 'button', class: 'language-button', id: 'language-switch', title: `Your Discord’s language: ${name}` };
    const button = h('button', { ...props, 'aria-label': props.title }, user.locale.slice(0, 2).toUpperCase());
    const items = world.locales.map((locale) => ({
      label: languageName(locale),
      isChecked: locale === user.locale,
      choose: () => void this.#session.speak(locale),
    }));
    return withMenu(button, () => ({ label: 'Language of your Discord', items }));
  }
}

function iconOf({ type }) {
  return { 1: 'message', 3: 'group' }[type] ?? (THREADS.has(type) ? 'thread' : 'hash');
}

function railItem({ label, isCurrent, pings, isDisabled, open, face: content, hue = null, className = '' }) {
  const props = {
    type: 'button',
    dataset: { key: label },
    class: `rail-item ${className} ${isCurrent ? 'is-current' : ''} ${pings === null ? '' : 'is-unread'}`,
    title: label,
    'aria-label': pings === null ? label : `${label}, unread`,
    'aria-current': isCurrent ? 'true' : null,
    disabled: isDisabled,
    on: { click: open },
    vars: hue === null ? {} : { hue },
  };
  return h('button', props, h('span', { class: 'rail-face' }, content), badge(pings));
}

function badge(pings) {
  if (pings === null) return null;
  return pings > 0
    ? h('span', { class: 'badge' }, pings, h('span', { class: 'only-read' }, ' mentions'))
    : h('span', { class: 'dot' }, h('span', { class: 'only-read' }, 'unread'));
}

function face(user) {
  return avatar({ id: user.id, name: nameOf(user), isBot: false, colour: user.colour });
}

/** A language's name in itself. */
function languageName(locale) {
  return new Intl.DisplayNames([locale], { type: 'language' }).of(locale);
}

function nameOf(user) {
  return user.global_name ?? user.username;
}

/** A note on what the reader or the bot cannot do in a channel; none in a group, which no bot can be in. */
function noteOfChannel({ type, can_write: canWrite, bot_can_see: botSees, bot_can_write: botWrites }) {
  if (type === 3) return null;
  const words = !canWrite ? 'read only' : !botSees ? 'no bot' : !botWrites ? 'bot can’t post' : null;
  const botTitle = botSees ? 'The bot can’t post here' : 'The bot can’t see this channel';
  const title = canWrite ? botTitle : 'You can’t post here';
  return words && h('span', { class: 'channel-note', title }, words);
}

function noteOfDirect(place) {
  return place?.channel.type === 3 ? 'A group without the bot' : 'Between you and the bot';
}

function noteOf({ channels, has_bot: hasBot }) {
  if (!hasBot) return 'The bot isn’t in this server';
  const threads = channels.filter(({ type }) => THREADS.has(type)).length;
  const tops = channels.length - threads;
  return `${tops} ${tops === 1 ? 'channel' : 'channels'}${threads ? `, ${threads} ${threads === 1 ? 'thread' : 'threads'}` : ''}`;
}
