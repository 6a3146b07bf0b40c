// A bot written with discord.js, unmodified, for the Discord stand-in: it reports what it receives on stdout, one JSON object per line.
// tests/clients/hikari_client/client.py does the same with another library, and tests/clients/scenario.py drives both.
import {
  Client,
  ComponentType,
  Events,
  GatewayIntentBits,
  MessageFlags,
  Partials,
  Routes,
  version,
} from "discord.js";

const report = (event, fields = {}) => console.log(JSON.stringify({ event, ...fields }));

const client = new Client({
  intents: [
    GatewayIntentBits.Guilds,
    GatewayIntentBits.GuildMembers,
    GatewayIntentBits.GuildMessages,
    GatewayIntentBits.DirectMessages,
    GatewayIntentBits.MessageContent,
  ],
  partials: [Partials.Channel],
  rest: { api: process.env.DISCORD_API.replace(/.v10$/, ""), retries: 0 }, // it adds the version itself,
});

// ---- events ----

const EVENTS = {
  [Events.MessageCreate]: ["MESSAGE_CREATE", (message) => ({ text: message.content, by: message.author.username })],
  [Events.MessageUpdate]: ["MESSAGE_UPDATE", (_, message) => ({ text: message.content })],
  [Events.MessageDelete]: ["MESSAGE_DELETE", (message) => ({ text: message.content })],
  [Events.ChannelCreate]: ["CHANNEL_CREATE", (channel) => ({ name: channel.name })],
  [Events.ChannelUpdate]: ["CHANNEL_UPDATE", (_, channel) => ({ name: channel.name, slow: channel.rateLimitPerUser })],
  [Events.ChannelDelete]: ["CHANNEL_DELETE", (channel) => ({ name: channel.name })],
  [Events.ThreadCreate]: ["THREAD_CREATE", (thread) => ({ name: thread.name, parent: thread.parent.name })],
  [Events.ThreadUpdate]: ["THREAD_UPDATE", (_, thread) => ({ name: thread.name, archived: thread.archived })],
  [Events.GuildRoleCreate]: ["GUILD_ROLE_CREATE", (role) => ({ name: role.name })],
  [Events.GuildRoleUpdate]: ["GUILD_ROLE_UPDATE", (_, role) => ({ name: role.name, manages: role.permissions.has("ManageGuild") })],
  [Events.GuildRoleDelete]: ["GUILD_ROLE_DELETE", (role) => ({ name: role.name })],
  [Events.GuildUpdate]: ["GUILD_UPDATE", (_, guild) => ({ name: guild.name, tier: guild.premiumTier })],
  [Events.GuildMemberUpdate]: ["GUILD_MEMBER_UPDATE", (_, member) => ({ silenced: member.isCommunicationDisabled() })],
  [Events.GuildDelete]: ["GUILD_DELETE", (guild) => ({ name: guild.name })],
  [Events.GuildCreate]: ["GUILD_CREATE", (guild) => ({ name: guild.name })],
  [Events.ShardResume]: ["RESUMED", (_, replayed) => ({ replayed })],
};
for (const [name, [event, fields]] of Object.entries(EVENTS)) {
  client.on(name, (...subjects) => report(event, fields(...subjects)));
}
client.on(Events.Error, (error) => report("ERROR", { text: String(error) }));

// ---- commands ----

const OPTION_TYPES = { text: 3, whole: 4, flag: 5, who: 6, where: 7, role: 8, whom: 9, part: 10, file: 11 };
const COMMANDS = [
  {
    name: "everything",
    description: "An option of each type",
    options: Object.entries(OPTION_TYPES).map(([name, type]) => ({ name, type, description: name, required: true })),
  },
  { name: "menu", description: "A button, and a select of each type" },
  { name: "form", description: "A modal" },
  { name: "later", description: "A deferred answer, and everything that can follow it" },
  {
    name: "guess",
    description: "An option that completes what is typed",
    options: [{ name: "word", type: 3, description: "word", required: true, autocomplete: true }],
  },
  { name: "tour", description: "All REST routes that no interaction uses" },
  { name: "Look at them", type: 2 },
  { name: "Look at it", type: 3 },
];

const HANDLERS = {
  async everything(interaction) {
    const { options } = interaction;
    const mentioned = options.getMentionable("whom");
    const given = {
      text: options.getString("text"),
      whole: options.getInteger("whole"),
      flag: options.getBoolean("flag"),
      who: options.getMember("who").displayName,
      where: options.getChannel("where").name,
      role: options.getRole("role").name,
      whom: mentioned.name ?? mentioned.user.username,
      part: options.getNumber("part"),
      file: `${options.getAttachment("file").name}/${options.getAttachment("file").size}`,
    };
    await interaction.reply({ content: JSON.stringify(given) });
  },

  async menu(interaction) {
    const row = (component) => ({ type: ComponentType.ActionRow, components: [component] });
    const options = ["rain", "snow"].map((word) => ({ label: word, value: word }));
    const select = (type, custom_id, more = {}) => row({ type, custom_id, ...more });
    await interaction.reply({
      content: "choose",
      components: [
        row({ type: ComponentType.Button, style: 1, label: "Press", custom_id: "press" }),
        select(ComponentType.StringSelect, "strings", { options, max_values: 2 }),
        select(ComponentType.UserSelect, "users"),
        select(ComponentType.RoleSelect, "roles"),
        select(ComponentType.MentionableSelect, "mentionables"),
      ],
    });
    await interaction.followUp({ content: "and a channel", components: [select(ComponentType.ChannelSelect, "channels")] });
  },

  async form(interaction) {
    const field = { type: ComponentType.TextInput, custom_id: "words", style: 1 };
    await interaction.showModal({
      title: "A form",
      custom_id: "form",
      components: [{ type: ComponentType.Label, label: "Words", component: field }],
    });
  },

  async later(interaction) {
    await interaction.deferReply({ flags: MessageFlags.Ephemeral });
    await interaction.editReply("edited");
    const original = await interaction.fetchReply();
    const file = { attachment: Buffer.from("la la"), name: "song.txt" };
    const further = await interaction.followUp({ content: "followed", files: [file] });
    await interaction.webhook.editMessage(further, { content: "followed, edited" });
    const fetched = await interaction.webhook.fetchMessage(further.id);
    report("LATER", { original: original.content, further: fetched.content, file: fetched.attachments.first().name });
    await interaction.deleteReply(further);
    await interaction.deleteReply();
  },

  async tour(interaction) {
    await interaction.deferReply();
    report("TOUR", await tour(interaction));
    await interaction.editReply("toured");
  },

  "Look at them": (interaction) => interaction.reply(interaction.targetUser.username),
  "Look at it": (interaction) => interaction.reply(interaction.targetMessage.content),
  press: (interaction) => interaction.update({ content: "pressed", components: interaction.message.components }),
  strings: (interaction) => interaction.reply(interaction.values.join(",")),
  users: (interaction) => interaction.reply(interaction.users.first().username),
  roles: (interaction) => interaction.reply(interaction.roles.first().name),
  mentionables: (interaction) => interaction.reply((interaction.roles.first() ?? interaction.users.first()).name),
  async channels(interaction) {
    await interaction.deferUpdate();
    await interaction.editReply({ content: interaction.channels.first().name, components: [] });
  },
  form_submitted: (interaction) => interaction.reply(interaction.fields.getTextInputValue("words")),
  completed: (interaction) => {
    const word = interaction.options.getFocused();
    return interaction.respond([{ name: `${word}!`, value: word }]);
  },
};

client.on(Events.InteractionCreate, async (interaction) => {
  const name = interaction.isModalSubmit()
    ? "form_submitted"
    : interaction.isAutocomplete()
      ? "completed"
      : (interaction.customId ?? interaction.commandName);
  try {
    if (name === "guess") await interaction.reply(interaction.options.getString("word"));
    else await HANDLERS[name](interaction);
  } catch (error) {
    report("ERROR", { text: `${name}: ${error.stack}` });
  }
});

// ---- the tour ----

async function tour({ channel, guild, user }) {
  const { rest, application } = client;
  const message = await channel.send({
    content: "toured",
    embeds: [{ title: "An embed", image: { url: "attachment://dot.png" } }],
    files: [
      { attachment: Buffer.from("dot"), name: "dot.png" },
      { attachment: Buffer.from("la la"), name: "tune.txt", description: "A tune" },
    ],
    nonce: "tour-1",
    enforceNonce: true,
  });
  const edited = await message.edit("toured on");
  await channel.sendTyping();
  await edited.react("👍");
  await edited.reactions.cache.get("👍").users.remove();
  const history = await channel.messages.fetch({ limit: 5, cache: false });
  const fetched = await channel.messages.fetch({ message: message.id, force: true });
  const onMessage = await message.startThread({ name: "on a message" });
  const thread = await channel.threads.create({ name: "alone", type: 11 });
  const open = await guild.channels.fetchActiveThreads();
  // Read at once: an event of the open thread that arrives later overwrites the cached state.
  const { archived } = await thread.setArchived(true);
  const closed = await channel.threads.fetchArchived({ type: "public" });
  await thread.delete();
  await message.delete();
  const direct = await user.createDM();
  await direct.send("toured, directly");
  const own = await application.fetch();
  const plain = await rest.get(Routes.oauth2CurrentApplication());
  const bot = await rest.get("/users/@me");
  const gateway = await rest.get(Routes.gateway());
  const commands = await application.commands.fetch();
  const guildCommands = await guild.commands.set([{ name: "here", description: "Only here" }]);
  const again = await guild.commands.fetch();
  return {
    nonce: message.nonce,
    embed: message.embeds[0].title,
    files: message.attachments.map((file) => file.name),
    history: history.has(message.id),
    fetched: fetched.content,
    threads: [onMessage.name, open.threads.has(thread.id), archived, closed.threads.has(thread.id)],
    user: (await client.users.fetch(user.id, { force: true })).username,
    member: (await guild.members.fetch({ user: user.id, force: true })).user.username,
    guild: (await client.guilds.fetch({ guild: guild.id, force: true })).name,
    added_by: (await guild.fetchAuditLogs({ type: 28, limit: 1 })).entries.first().executor.username,
    channel: (await client.channels.fetch(channel.id, { force: true })).name,
    channels: (await guild.channels.fetch()).filter((each) => !each.isThread()).size,
    application: own.name === plain.name && own.id === bot.id,
    gateway: gateway.url.startsWith("ws"),
    commands: commands.map((command) => command.name).sort(),
    here: guildCommands.size === 1 && again.first().name === "here",
  };
}

// ---- the beginning ----

client.once(Events.ClientReady, async () => {
  await client.application.commands.set(COMMANDS);
  report("READY", {
    library: `discord.js ${version}`,
    bot: client.user.username,
    guilds: client.guilds.cache.map((guild) => guild.name).sort(),
  });
});
await client.login(process.env.DISCORD_TOKEN);
