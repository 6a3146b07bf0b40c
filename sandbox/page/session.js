// The page's state: the acting user, the open channel, and the messages and commands known for it. Has no DOM code.

import { announcement } from './lib/announcements.js';
import { flatten } from './lib/commands.js';
import { Notices } from './lib/notices.js';
import { referable } from './lib/references.js';
import { Timeline } from './lib/timeline.js';

const DISMISSED_KEY = 'dismissed';

/**
 * Fires `world` (servers, users, bot), `commands`, `place` (another channel or user), `messages` (of the open channel),
 * `unread`, `status`, `sent` (the reader used a command), `announcement` (detail: text for screen readers), and `error`
 * (detail: a message for people).
 */
export class Session extends EventTarget {
  #api;
  #live;
  #interactions;
  #storage;
  #timelines = new Map();
  #names = new Map();
  #notices = new Notices();

  userId = null;
  channelId = null;
  world = null;
  commands = [];
  isOnline = true;
  unread = new Map();
  dismissed;

  constructor({ api, live, interactions, storage }) {
    super();
    this.#api = api;
    this.#live = live;
    this.#interactions = interactions;
    this.#storage = storage;
    this.dismissed = new Set(JSON.parse(storage.getItem(DISMISSED_KEY) ?? '[]'));
    live.addEventListener('event', ({ detail }) => this.#receive(detail));
    live.addEventListener('status', ({ detail }) => this.#statusChanged(detail));
  }

  /** Opens the page as this user in this channel, or as the first user in the first channel. */
  async start({ userId, channelId }) {
    // A bookmarked URL may contain the ID of a user who no longer exists.
    this.world = await this.#api.world(userId).catch(() => this.#api.world(null));
    const { users } = this.world;
    const isKnown = users.some(({ id }) => id === userId);
    this.channelId = channelId;
    await this.actAs(isKnown ? userId : users[0].id);
  }

  /** Switches to another user, in the same channel if that user sees it. */
  async actAs(userId) {
    const world = await this.#api.world(userId);
    this.userId = userId;
    this.#timelines.clear();
    this.#notices = new Notices();
    this.unread.clear();
    this.#setWorld(world);
    if (!this.place()) this.channelId = this.firstChannelId();
    this.#live.follow(userId);
    this.#emit('world');
    await this.open(this.channelId);
  }

  /** Opens a channel: known messages are shown at once, then fetched again. */
  async open(channelId) {
    this.channelId = channelId;
    this.unread.delete(channelId);
    this.#emit('place');
    await Promise.all([this.#fetchMessages(channelId), this.#fetchCommands()]);
  }

  /**
   * A channel with its server: `{guild, channel}`, guild null for direct messages and groups, which have the `member_ids` of
   * their people; null if this user does not see it.
   */
  place(channelId = this.channelId) {
    if (channelId && this.world.dm?.channel_id === channelId) {
      return {
        guild: null,
        channel: {
          id: channelId,
          name: this.nameOf(this.world.bot.id),
          type: 1,
          can_write: true,
          bot_can_see: true,
          bot_can_write: this.world.dm.bot_can_write,
        },
      };
    }
    const group = this.world.groups.find(({ id }) => id === channelId);
    if (group) return { guild: null, channel: { ...group, type: 3, can_write: true, bot_can_see: false, bot_can_write: false } };
    for (const guild of this.world.guilds) {
      const channel = guild.channels.find(({ id }) => id === channelId);
      if (channel) return { guild, channel };
    }
    return null;
  }

  /** Discord's context of the open channel: 0 a server, 1 direct messages with the bot, 2 a group. */
  get context() {
    const { guild, channel } = this.place() ?? {};
    return guild ? 0 : channel?.type === 3 ? 2 : 1;
  }

  firstChannelId() {
    return this.world.guilds.flatMap(({ channels }) => channels)[0]?.id ?? this.world.dm?.channel_id ?? null;
  }

  get user() {
    return this.world.users.find(({ id }) => id === this.userId);
  }

  /** The open channel's messages, oldest first; null until they are fetched. */
  get messages() {
    const timeline = this.#timelines.get(this.channelId);
    return timeline?.isLoaded ? timeline.list() : null;
  }

  /** The current version of a message of the open channel; null if it is unknown. */
  find(messageId) {
    return this.#timelines.get(this.channelId)?.get(messageId) ?? null;
  }

  /** Whether a message was deleted since the page was opened. */
  isGone(messageId) {
    return this.#timelines.get(this.channelId)?.isGone(messageId) ?? false;
  }

  /** Pending and failed commands of the open channel, shown below its messages. */
  get notices() {
    return this.#notices.of(this.channelId);
  }

  nameOf(userId) {
    return this.#names.get(userId) ?? null;
  }

  colourOf(userId) {
    return this.world.users.find(({ id }) => id === userId)?.colour ?? null;
  }

  channelName(channelId) {
    return this.place(channelId)?.channel.name ?? null;
  }

  /** The name of a role of the open server. */
  roleName(roleId) {
    return this.place()?.guild?.roles.find(({ id }) => id === roleId)?.name ?? null;
  }

  /** The users, roles and channels that options in the open channel can refer to: see `references.js`. */
  referable(kinds, channelTypes = []) {
    const { guild = null, channel } = this.place() ?? {};
    return referable({ kinds, world: this.world, guild, memberIds: channel?.member_ids ?? null, channelTypes });
  }

  /** Opens the direct messages with the bot, which are created if necessary. */
  async openDirect() {
    const channelId = this.world.dm?.channel_id ?? (await this.#api.openDirect(this.userId));
    if (!this.world.dm) await this.#fetchWorld();
    await this.open(channelId);
  }

  /** Sets the language of the acting user's Discord. */
  async speak(locale) {
    await this.#guard(() => this.#api.setLocale(this.userId, locale));
  }

  /** Removes the bot from a server, or invites it again. */
  async setBot(guildId, isHere) {
    await this.#guard(() => this.#api.setBot(guildId, this.userId, isHere));
  }

  /** Adds the bot to the acting user's account, or removes it. */
  async setApp(isInstalled) {
    await this.#guard(() => this.#api.setApp(this.userId, isInstalled));
  }

  /** Hides an ephemeral message or a notice, in this tab only. */
  dismiss(id) {
    this.#notices.drop(id);
    this.dismissed.add(id);
    this.#storage.setItem(DISMISSED_KEY, JSON.stringify([...this.dismissed].slice(-200)));
    this.#emit('messages');
  }

  /** Sends a command, with a notice while it is pending. Rejects if the stand-in refuses it. */
  async command(name, { options = {}, targetId = null } = {}) {
    const notice = this.#notices.begin(this.channelId, name);
    this.#emit('messages');
    this.#emit('sent');
    const body = { type: 'command', name, options, ...(targetId && { target_message_id: targetId }) };
    try {
      this.#settle(notice, await this.#interactions.send(this.#addressed(body)));
    } catch (error) {
      this.#settle(notice, { state: 'acknowledged' });
      throw error;
    }
  }

  /** Presses a button or chooses from a select; resolves to null or to an error message. */
  async press(message, component, values) {
    const kind = values ? { type: 'select', values } : { type: 'button' };
    const body = { ...kind, message_id: message.id, custom_id: component.custom_id };
    try {
      const { state, reason } = await this.#interactions.send(this.#addressed(body));
      return state === 'failed' ? (reason ?? 'The application did not respond') : null;
    } catch (error) {
      return error.message;
    }
  }

  /** Submits a modal. Rejects if the stand-in refuses it, or the bot does not answer. */
  async submitModal(modal, fields) {
    const body = { type: 'modal', custom_id: modal.custom_id, interaction_id: modal.interaction_id, fields };
    const { state, reason } = await this.#interactions.send(this.#addressed(body));
    if (state === 'failed') throw new Error(reason ?? 'Something went wrong. Try again.');
  }

  /** The bot's autocomplete choices for an option; none where that fails. */
  async suggest(name, options, focused) {
    try {
      return await this.#interactions.suggest(
        this.#addressed({ type: 'autocomplete', name, options, focused }),
      );
    } catch {
      return [];
    }
  }

  #settle(notice, outcome) {
    this.#notices.settle(notice, outcome);
    this.#emit('messages');
  }

  #addressed(body) {
    return { user_id: this.userId, channel_id: this.channelId, ...body };
  }

  async #fetchWorld() {
    const asked = this.userId;
    const world = await this.#api.world(asked);
    if (asked !== this.userId) return;
    this.#setWorld(world);
    this.#emit('world');
  }

  #setWorld(world) {
    this.world = world;
    for (const user of [...world.users, world.bot]) this.#names.set(user.id, user.global_name ?? user.username);
  }

  async #fetchCommands() {
    const { channelId, userId } = this;
    if (channelId === null) return;
    await this.#guard(async () => {
      const commands = await this.#api.commands(channelId, userId);
      if (channelId !== this.channelId || userId !== this.userId) return;
      this.commands = flatten(commands, this.user.locale);
      this.#emit('commands');
    });
  }

  async #fetchMessages(channelId) {
    if (channelId === null) return;
    const userId = this.userId;
    const timeline = this.#timelineOf(channelId);
    timeline.beginFetch();
    await this.#guard(async () => {
      const messages = await this.#api.messages(channelId, userId);
      if (userId !== this.userId) return;
      for (const message of messages) this.#learnNames(message);
      timeline.load(messages);
      if (channelId === this.channelId) this.#emit('messages');
    });
  }

  #timelineOf(channelId) {
    if (!this.#timelines.has(channelId)) this.#timelines.set(channelId, new Timeline());
    return this.#timelines.get(channelId);
  }

  #learnNames(message) {
    for (const { id, global_name: shown, username } of [message.author, ...(message.mentions ?? [])]) {
      if (shown || !this.#names.has(id)) this.#names.set(id, shown ?? username);
    }
  }

  #receive(event) {
    if (this.#interactions.receive(event)) return;
    if (event.type === 'message_create' || event.type === 'message_update') this.#storeMessage(event);
    else if (event.type === 'message_delete') this.#dropMessage(event);
    else if (event.type === 'world') this.#guard(() => this.#worldChanged());
    else if (event.type === 'commands') this.#fetchCommands();
  }

  #storeMessage({ type, message }) {
    this.#learnNames(message);
    const { channel_id: channelId } = message;
    const timeline = this.#timelineOf(channelId);
    const words = announcement(timeline.get(message.id), message);
    timeline.put(message);
    if (channelId === this.channelId) {
      this.#emit('messages');
      if (words) this.#emit('announcement', words);
    }
    else if (type === 'message_create' && message.author.id !== this.userId) this.#markUnread(channelId, message);
  }

  #dropMessage({ channel_id: channelId, message_id: messageId }) {
    this.#timelineOf(channelId).drop(messageId);
    if (channelId === this.channelId) this.#emit('messages');
  }

  #markUnread(channelId, message) {
    const pings = this.unread.get(channelId) ?? 0;
    this.unread.set(channelId, pings + Number((message.mentioned_user_ids ?? []).includes(this.userId)));
    this.#emit('unread');
  }

  async #worldChanged() {
    await this.#fetchWorld();
    if (this.place()) await this.#fetchCommands();
    else await this.open(this.firstChannelId());
  }

  #statusChanged({ state, isReturn }) {
    this.isOnline = state === 'online';
    this.#emit('status');
    if (isReturn) this.#guard(() => this.#catchUp());
    // Messages between the first fetch and the first event would be missing otherwise.
    else if (this.isOnline) this.#fetchMessages(this.channelId);
  }

  /** Events were missed while disconnected, so everything shown is fetched again. */
  async #catchUp() {
    for (const [id, timeline] of this.#timelines) if (id !== this.channelId) timeline.isLoaded = false;
    await this.#worldChanged();
    await Promise.all([this.#fetchMessages(this.channelId), this.#fetchCommands()]);
  }

  async #guard(work) {
    try {
      await work();
    } catch (error) {
      this.#emit('error', error.message);
    }
  }

  #emit(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
