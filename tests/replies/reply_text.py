"""A reply as lines of text, for comparison in tests."""

from bot.discord_io.message import Reply


def lines_of(reply: Reply) -> list[str]:
    """Content, `# title`, description, `name: value`, `~ footer` and `[button]`, without empty lines."""
    lines = [reply.content or ""]
    for embed in reply.embeds:
        lines += [f"# {embed.title}", embed.description or ""]
        lines += [f"{field.name}: {field.value}" for field in embed.fields]
        lines.append(f"~ {embed.footer.text}")
    lines += [f"[{link.label}] {link.url}" for link in reply.links]
    return [line for line in "\n".join(lines).split("\n") if line]
