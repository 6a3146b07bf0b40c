// One message as a row of the log.

import { h } from '../lib/dom.js';
import { icon } from '../lib/icons.js';
import { messageCommands } from '../lib/commands.js';
import { parse, parseInline, render, renderInline } from '../lib/markdown.js';
import { looseAttachments } from '../lib/timeline.js';
import { absolute, stamp } from '../lib/time.js';
import { attachmentView } from './attachment.js';
import { authorAvatar } from './avatar.js';
import { componentViews } from './components.js';
import { embedView } from './embed.js';
import { alsoByPress, withMenu } from './menu.js';

const LOADING = 1 << 7;
const MENU_ANSWER = 23;
const SUPPRESS_EMBEDS = 1 << 2;

/**
 * What a message row needs from the page.
 *
 * @typedef {object} Desk
 * @property {object} session
 * @property {object} names of `markdown_view.js`
 * @property {object} players
 * @property {Set<string>} busy "messageId customId" of presses under way
 * @property {Map<string, string[]>} chosen what was chosen from lists, by "messageId customId", until the message changes
 * @property {Map<string, string>} faults what went wrong with a message's press, by message ID
 * @property {(message: object, component: object, values?: string[]) => void} press
 * @property {(message: object, name: string) => void} runOnMessage
 * @property {(messageId: string) => void} jumpTo
 */

/** The row of a message. @param {{message: object, isHead: boolean, original: object | null}} row @param {Desk} desk */
export function messageView({ message, isHead, original }, desk) {
  const { session } = desk;
  const isPing = (message.mentioned_user_ids ?? []).includes(session.userId);
  const isPrivate = Boolean(message.ephemeral_for);
  const classes = ['message', isHead && 'is-head', isPing && 'is-ping', isPrivate && 'is-private'];
  const tools = isLoading(message) ? null : toolsOf(message, desk);
  const row = h(
    'article',
    {
      class: classes.filter(Boolean).join(' '),
      id: `message-${message.id}`,
      tabindex: -1,
      'aria-label': labelOf(message),
    },
    isHead && contextLine(message, original, desk),
    h('div', { class: 'message-side' }, isHead ? authorAvatar(message.author, session) : sideTime(message)),
    h('div', { class: 'message-main' }, isHead && headLine(message), bodyOf(message, desk)),
    tools?.element,
  );
  if (tools) alsoByPress(row, tools.button, tools.makeMenu);
  return row;
}

function isLoading(message) {
  return message.loading === true || Boolean((message.flags ?? 0) & LOADING);
}

function labelOf(message) {
  return `${nameOf(message.author)}, ${stamp(new Date(message.timestamp), new Date())}`;
}

function nameOf(author) {
  return author.global_name ?? author.username;
}

/** What the message answers: another message, or somebody's command. */
function contextLine(message, original, desk) {
  if (message.message_reference) return replyLine(original, desk);
  const used = message.interaction_metadata;
  if (!used?.user) return null;
  return h(
    'div',
    { class: 'context' },
    authorAvatar(used.user, desk.session, 'avatar-tiny'),
    h('span', { class: 'context-name' }, nameOf(used.user)),
    usedWords(message, used),
  );
}

/** What somebody did to be answered: the command's name, of a dialog that of the command which opened it. */
function usedWords(message, used) {
  const command = used.name ? used : (used.triggering_interaction_metadata ?? {});
  if (!command.name) return ' asked for this';
  const { name } = command;
  const isMenu = message.type === MENU_ANSWER || command.target_message_id;
  return [' used ', h('span', { class: 'context-command' }, isMenu ? name : `/${name}`)];
}

function replyLine(original, desk) {
  if (original === null)
    return h('div', { class: 'context is-lost' }, icon('reply'), 'The original message was deleted');
  return h(
    'button',
    {
      type: 'button',
      class: 'context',
      'aria-label': `Go to the message by ${nameOf(original.author)}`,
      on: { click: () => desk.jumpTo(original.id) },
    },
    authorAvatar(original.author, desk.session, 'avatar-tiny'),
    h('span', { class: 'context-name' }, nameOf(original.author)),
    h('span', { class: 'context-words' }, excerptOf(original, desk)),
  );
}

/** The first line of a message, for those that answer it. */
function excerptOf(message, { names }) {
  const embed = message.embeds?.[0];
  const words = message.content || embed?.title || embed?.description;
  if (!words) return 'Press to see the message';
  // Inside a button nothing else can be pressed: only the words remain.
  return h('span', { inert: true }, renderInline(parseInline(words.split('\n')[0].slice(0, 200)), names));
}

function sideTime(message) {
  const date = new Date(message.timestamp);
  return h(
    'time',
    { class: 'side-time', datetime: message.timestamp, title: absolute(date / 1000, 'F') },
    absolute(date / 1000, 't'),
  );
}

function headLine(message) {
  const date = new Date(message.timestamp);
  return h(
    'header',
    { class: 'message-head' },
    h('span', { class: 'message-author' }, nameOf(message.author)),
    message.author.bot && h('span', { class: 'bot-badge' }, 'bot'),
    h(
      'time',
      { class: 'message-time', datetime: message.timestamp, title: absolute(date / 1000, 'F') },
      stamp(date, new Date()),
    ),
  );
}

function bodyOf(message, desk) {
  if (isLoading(message)) return [thinking(message), privateLine(message, desk)];
  const { names, players } = desk;
  const hasEmbeds = !((message.flags ?? 0) & SUPPRESS_EMBEDS);
  const isEdited = Boolean(message.edited_timestamp);
  const fault = desk.faults.get(message.id);
  return [
    message.content &&
      h('div', { class: 'content' }, render(parse(message.content), names), isEdited && editedMark(message)),
    looseAttachments(message).map((attachment) => attachmentView(attachment, players)),
    hasEmbeds && (message.embeds ?? []).map((embed) => embedView(embed, names)),
    componentViews(message.components ?? [], handsFor(message, desk)),
    fault && h('p', { class: 'fault', role: 'alert' }, icon('alert'), fault),
    privateLine(message, desk),
  ];
}

function handsFor(message, { session, names, players, busy, chosen, press }) {
  const own = [...busy]
    .filter((key) => key.startsWith(`${message.id} `))
    .map((key) => key.slice(message.id.length + 1));
  return {
    message,
    session,
    names,
    players,
    busy: new Set(own),
    chosen: (component) => chosen.get(choiceKey(message, component)) ?? null,
    press: (component, values) => press(message, component, values),
  };
}

/** Under which a choice is kept: an edit of the message forgets it. */
export function choiceKey(message, component) {
  return `${message.id} ${component.custom_id} ${message.edited_timestamp}`;
}

function thinking(message) {
  return h(
    'div',
    { class: 'thinking' },
    h('span', { class: 'thinking-dots', 'aria-hidden': 'true' }, h('i'), h('i'), h('i')),
    `${nameOf(message.author)} is thinking…`,
  );
}

function editedMark(message) {
  return h(
    'span',
    { class: 'edited', title: absolute(new Date(message.edited_timestamp) / 1000, 'F') },
    '(edited)',
  );
}

function privateLine(message, { session }) {
  if (!message.ephemeral_for) return null;
  const dismiss = h(
    'button',
    { type: 'button', class: 'text-button', on: { click: () => session.dismiss(message.id) } },
    'Dismiss',
  );
  return h('p', { class: 'private-line' }, icon('eye'), 'Only you can see this · ', dismiss);
}

function toolsOf(message, desk) {
  const button = h(
    'button',
    { type: 'button', class: 'message-tool', 'aria-label': 'More for this message', title: 'More' },
    icon('dots'),
  );
  const makeMenu = () => toolMenu(message, desk);
  return { element: h('div', { class: 'message-tools' }, withMenu(button, makeMenu)), button, makeMenu };
}

function toolMenu(message, desk) {
  const { session } = desk;
  const commands = message.ephemeral_for
    ? []
    : messageCommands(session.commands, { inServer: Boolean(session.place()?.guild) });
  const copy = (label, text) => ({
    label,
    lead: icon('copy'),
    choose: () => void navigator.clipboard?.writeText(text),
  });
  return {
    label: 'This message',
    items: [
      ...commands.map(({ name }) => ({
        label: name,
        lead: icon('app'),
        choose: () => desk.runOnMessage(message, name),
      })),
      ...(message.content ? [copy('Copy text', message.content)] : []),
      copy('Copy message ID', message.id),
    ],
  };
}
