// One message as a row of the log.

import { h } from '../lib/dom.js';
import { icon } from '../lib/icons.js';
import { messageCommands } from '../lib/commands.js';
import { parse, parseInline, render, renderInline } from '../lib/markdown.js';
import { displayedTexts } from '../lib/message_text.js';
import { looseAttachments } from '../lib/timeline.js';
import { absolute, stamp } from '../lib/time.js';
import { attachmentView } from './attachment.js';
import { authorAvatar } from './avatar.js';
import { componentViews } from './components.js';
import { embedView } from './embed.js';
import { openOnContextMenu, withMenu } from './menu.js';

const LOADING = 1 << 7;
const MENU_ANSWER = 23;
const SUPPRESS_EMBEDS = 1 << 2;

/**
 * What a message row needs from the page.
 *
 * @typedef {object} RowContext
 * @property {object} session
 * @property {object} names of `markdown_view.js`
 * @property {object} players
 * @property {Set<string>} busy "messageId customId" of pending presses
 * @property {Map<string, string[]>} chosen values chosen from selects, by `choiceKey`
 * @property {Map<string, string>} faults the error of a message's last press, by message ID
 * @property {(message: object, component: object, values?: string[]) => void} press
 * @property {(message: object, name: string) => void} runOnMessage
 * @property {(messageId: string) => void} jumpTo
 */

/** The row of a message. @param {{message: object, isHead: boolean, original: object | null}} row @param {RowContext} context */
export function messageView({ message, isHead, original }, context) {
  const { session } = context;
  const isPing = (message.mentioned_user_ids ?? []).includes(session.userId);
  const isPrivate = Boolean(message.ephemeral_for);
  const classes = ['message', isHead && 'is-head', isPing && 'is-ping', isPrivate && 'is-private'];
  const tools = isLoading(message) ? null : toolsOf(message, context);
  const row = h(
    'article',
    {
      class: classes.filter(Boolean).join(' '),
      id: `message-${message.id}`,
      tabindex: -1,
      'aria-label': labelOf(message),
    },
    isHead && contextLine(message, original, context),
    h('div', { class: 'message-side' }, isHead ? authorAvatar(message.author, session) : sideTime(message)),
    h('div', { class: 'message-main' }, isHead && headLine(message), bodyOf(message, context)),
    tools?.element,
  );
  if (tools) openOnContextMenu(row, tools.button, tools.makeMenu);
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

/** The line above a message: the message that it replies to, or the command that it answers. */
function contextLine(message, original, context) {
  if (message.message_reference) return replyLine(original, context);
  const used = message.interaction_metadata;
  if (!used?.user) return null;
  return h(
    'div',
    { class: 'context' },
    authorAvatar(used.user, context.session, 'avatar-tiny'),
    h('span', { class: 'context-name' }, nameOf(used.user)),
    usedCommand(message, used),
  );
}

/** The command that a message answers; for a modal the command that opened it. */
function usedCommand(message, used) {
  const command = used.name ? used : (used.triggering_interaction_metadata ?? {});
  if (!command.name) return ' requested this';
  const { name } = command;
  const isMenu = message.type === MENU_ANSWER || command.target_message_id;
  return [' used ', h('span', { class: 'context-command' }, isMenu ? name : `/${name}`)];
}

function replyLine(original, context) {
  if (original === null)
    return h('div', { class: 'context is-lost' }, icon('reply'), 'The original message was deleted');
  return h(
    'button',
    {
      type: 'button',
      class: 'context',
      'aria-label': `Go to the message by ${nameOf(original.author)}`,
      on: { click: () => context.jumpTo(original.id) },
    },
    authorAvatar(original.author, context.session, 'avatar-tiny'),
    h('span', { class: 'context-name' }, nameOf(original.author)),
    h('span', { class: 'context-words' }, excerptOf(original, context)),
  );
}

/** What a message says beside its embeds. */
function textOf({ content, components }) {
  return content || displayedTexts(components ?? []).join('\n');
}

/** The first line of a message, shown above its replies. */
function excerptOf(message, { names }) {
  const embed = message.embeds?.[0];
  const words = textOf(message) || embed?.title || embed?.description;
  if (!words) return 'Click to see the message';
  // Buttons must not contain interactive elements, so the excerpt is inert.
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

function bodyOf(message, context) {
  if (isLoading(message)) return [thinking(message), privateLine(message, context)];
  const { names, players } = context;
  const hasEmbeds = !((message.flags ?? 0) & SUPPRESS_EMBEDS);
  const isEdited = Boolean(message.edited_timestamp);
  const fault = context.faults.get(message.id);
  return [
    message.content &&
      h('div', { class: 'content' }, render(parse(message.content), names), isEdited && editedMark(message)),
    looseAttachments(message).map((attachment) => attachmentView(attachment, players)),
    hasEmbeds && (message.embeds ?? []).map((embed) => embedView(embed, names)),
    componentViews(message.components ?? [], componentContext(message, context)),
    fault && h('p', { class: 'fault', role: 'alert' }, icon('alert'), fault),
    privateLine(message, context),
  ];
}

function componentContext(message, { session, names, players, busy, chosen, press }) {
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

/** The key under which a choice is stored; it changes when the message is edited. */
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

function toolsOf(message, context) {
  const button = h(
    'button',
    { type: 'button', class: 'message-tool', 'aria-label': 'Message menu', title: 'More' },
    icon('dots'),
  );
  const makeMenu = () => toolMenu(message, context);
  return { element: h('div', { class: 'message-tools' }, withMenu(button, makeMenu)), button, makeMenu };
}

function toolMenu(message, context) {
  const { session } = context;
  const commands = message.ephemeral_for
    ? []
    : messageCommands(session.commands, { context: session.context });
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
        choose: () => context.runOnMessage(message, name),
      })),
      ...(textOf(message) ? [copy('Copy text', textOf(message))] : []),
      copy('Copy message ID', message.id),
    ],
  };
}
