// Who and what can be named in a place: people, roles and channels, for options and for lists. Pure.

const KINDS_OF_OPTION = { 6: ['user'], 7: ['channel'], 8: ['role'], 9: ['user', 'role'] };
const KINDS_OF_SELECT = { 5: ['user'], 6: ['role'], 7: ['user', 'role'], 8: ['channel'] };
const THREADS = new Set([11, 12]);

/** The kinds that an option of a command names; none where it names nothing. */
export function kindsOfOption({ type }) {
  return KINDS_OF_OPTION[type] ?? [];
}

/** The kinds that a list of a message or dialog offers by itself; none where it has options of its own. */
export function kindsOfSelect({ type }) {
  return KINDS_OF_SELECT[type] ?? [];
}

/**
 * What can be named, in the order of its list.
 *
 * @param {object} parts
 * @param {string[]} parts.kinds of 'user', 'role' and 'channel'
 * @param {object} parts.world as the page got it
 * @param {object | null} parts.guild the server, null in direct messages
 * @param {number[]} [parts.channelTypes] only these, where there are any
 * @returns {Array<{kind: string, value: string, label: string, description: string, colour?: string}>}
 */
export function referable({ kinds, world, guild, channelTypes = [] }) {
  return kinds.flatMap((kind) => OFFERS[kind](world, guild, channelTypes ?? []));
}

const OFFERS = {
  user: (world, guild) => {
    const here = guild ? new Set(guild.members.map(({ id }) => id)) : null;
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
  role: (_, guild) =>
    (guild?.roles ?? []).map(({ id, name }) => ({
      kind: 'role',
      value: id,
      label: name.startsWith('@') ? name : `@${name}`,
      description: 'role',
    })),
  channel: (_, guild, types) =>
    (guild?.channels ?? [])
      .filter(({ type }) => types.length === 0 || types.includes(type))
      .map(({ id, name, type, bot_can_write: canWrite }) => ({
        kind: 'channel',
        value: id,
        label: THREADS.has(type) ? name : `#${name}`,
        description: canWrite ? '' : 'the bot cannot write there',
      })),
};

function botOf({ id, username, global_name: shown }) {
  return { kind: 'user', value: id, label: shown ?? username, description: 'the bot' };
}

/** Those that a half-typed name may mean: those that begin so first. */
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

/** What somebody is in a server, in a few words. */
export function standing(guild, userId) {
  if (!guild) return '';
  const member = guild.members.find(({ id }) => id === userId);
  if (!member) return 'not in this server';
  const names = guild.roles.filter(({ id }) => member.role_ids.includes(id)).map(({ name }) => name);
  return [guild.owner_id === userId && 'owner', ...names].filter(Boolean).join(', ') || 'no role';
}
