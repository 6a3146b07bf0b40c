// The users, roles and channels that options and selects can refer to. Pure.

const KINDS_OF_OPTION = { 6: ['user'], 7: ['channel'], 8: ['role'], 9: ['user', 'role'] };
const KINDS_OF_SELECT = { 5: ['user'], 6: ['role'], 7: ['user', 'role'], 8: ['channel'] };
const THREADS = new Set([11, 12]);

/** The kinds that a command's option refers to; none for other options. */
export function kindsOfOption({ type }) {
  return KINDS_OF_OPTION[type] ?? [];
}

/** The kinds that a select offers; none for one with options of its own. */
export function kindsOfSelect({ type }) {
  return KINDS_OF_SELECT[type] ?? [];
}

/**
 * Everything that can be referred to, in the order of its list.
 *
 * @param {object} parts
 * @param {string[]} parts.kinds of 'user', 'role' and 'channel'
 * @param {object} parts.world as the page got it
 * @param {object | null} parts.guild the server, null in direct messages and groups
 * @param {string[] | null} [parts.memberIds] the people of a group
 * @param {number[]} [parts.channelTypes] only these, where there are any
 * @returns {Array<{kind: string, value: string, label: string, description: string, colour?: string}>}
 */
export function referable({ kinds, world, guild, memberIds = null, channelTypes = [] }) {
  const here = guild?.members.map(({ id }) => id) ?? memberIds;
  return kinds.flatMap((kind) => OFFERS[kind]({ world, guild, here: here && new Set(here), types: channelTypes ?? [] }));
}

const OFFERS = {
  user: ({ world, here }) => {
    const people = world.users.filter(({ id }) => here === null || here.has(id));
    const found = people.map(({ id, username, global_name: shown, colour }) => ({
      kind: 'user',
      value: id,
      label: shown ?? username,
      description: `@${username}`,
      colour,
    }));
    return here === null || here.has(world.bot.id) ? [...found, botOf(world.bot)] : found;
  },
  role: ({ guild }) =>
    (guild?.roles ?? []).map(({ id, name }) => ({
      kind: 'role',
      value: id,
      label: name.startsWith('@') ? name : `@${name}`,
      description: 'role',
    })),
  channel: ({ guild, types }) =>
    (guild?.channels ?? [])
      .filter(({ type }) => types.length === 0 || types.includes(type))
      .map(({ id, name, type, bot_can_write: canWrite }) => ({
        kind: 'channel',
        value: id,
        label: THREADS.has(type) ? name : `#${name}`,
        description: canWrite ? '' : 'the bot can’t post there',
      })),
};

function botOf({ id, username, global_name: shown }) {
  return { kind: 'user', value: id, label: shown ?? username, description: 'the bot' };
}

/** The references that match a partial name: prefix matches first. */
export function matching(references, text) {
  const wanted = text.trim().toLowerCase().replace(/^[@#]/, '');
  const rank = ({ label }) => Number(!bare(label).startsWith(wanted));
  return references
    .filter(({ label, description }) => bare(label).includes(wanted) || description.includes(`@${wanted}`))
    .sort((left, right) => rank(left) - rank(right));
}

function bare(label) {
  return label.toLowerCase().replace(/^[@#]/, '');
}

/** A user's membership in a server in words: owner, roles or none. */
export function membership(guild, userId) {
  if (!guild) return '';
  const member = guild.members.find(({ id }) => id === userId);
  if (!member) return 'not in this server';
  const names = guild.roles.filter(({ id }) => member.role_ids.includes(id)).map(({ name }) => name);
  return [guild.owner_id === userId && 'owner', ...names].filter(Boolean).join(', ') || 'no role';
}
