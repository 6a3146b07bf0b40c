import pytest

from sandbox.discord import Permission, World, default_world
from sandbox.discord.world.permissions import (
    ALL_PERMISSIONS,
    NO_PERMISSIONS,
    Overwrite,
    base_permissions,
    channel_permissions,
)

VIEW, SEND, EMBED = Permission.VIEW_CHANNEL, Permission.SEND_MESSAGES, Permission.EMBED_LINKS
EVERYONE, ROLE, OTHER_ROLE, MEMBER = 1, 2, 3, 4


def in_channel(base: Permission, *overwrites: Overwrite) -> Permission:
    return channel_permissions(
        base,
        {o.target_id: o for o in overwrites},
        everyone_id=EVERYONE,
        role_ids=[ROLE, OTHER_ROLE],
        member_id=MEMBER,
    )


def test_owners_and_administrators_have_all_permissions() -> None:
    assert base_permissions(NO_PERMISSIONS, [], is_owner=True) == ALL_PERMISSIONS
    assert base_permissions(NO_PERMISSIONS, [Permission.ADMINISTRATOR], is_owner=False) == ALL_PERMISSIONS


def test_roles_add_up() -> None:
    assert base_permissions(VIEW, [SEND, EMBED], is_owner=False) == VIEW | SEND | EMBED


def test_an_administrator_ignores_overwrites() -> None:
    assert in_channel(Permission.ADMINISTRATOR, Overwrite(MEMBER, "member", deny=SEND)) == ALL_PERMISSIONS


def test_a_roles_overwrite_overrides_everyones() -> None:
    deny_all = Overwrite(EVERYONE, "role", deny=SEND)
    assert in_channel(VIEW | SEND, deny_all) == VIEW
    assert in_channel(VIEW | SEND, deny_all, Overwrite(ROLE, "role", allow=SEND)) == VIEW | SEND


def test_among_roles_allow_overrides_deny() -> None:
    overwrites = Overwrite(ROLE, "role", deny=SEND), Overwrite(OTHER_ROLE, "role", allow=SEND)
    assert in_channel(VIEW, *overwrites) == VIEW | SEND


def test_a_members_own_overwrite_overrides_all_others() -> None:
    overwrites = Overwrite(ROLE, "role", allow=SEND), Overwrite(MEMBER, "member", deny=SEND)
    assert in_channel(VIEW | SEND, *overwrites) == VIEW


def test_allow_removes_a_deny() -> None:
    overwrite = Overwrite(MEMBER, "member", deny=SEND)
    overwrite.change(allow=SEND)
    assert (overwrite.allow, overwrite.deny) == (SEND, NO_PERMISSIONS)


@pytest.fixture
def world() -> World:
    return default_world()


def test_a_private_channel_is_seen_by_its_members_only(world: World) -> None:
    backstage = world.channel("backstage")
    assert {u.username for u in world.everyone_in(backstage)} == {"ada", "bela", "whisul"}


def test_without_view_channel_there_are_no_permissions(world: World) -> None:
    assert world.permissions(world.user("dana"), world.channel("backstage")) == NO_PERMISSIONS


def test_without_send_messages_attaching_and_embedding_are_denied(world: World) -> None:
    allowed = world.permissions(world.bot, world.channel("announcements"))
    assert allowed & VIEW
    assert not allowed & (SEND | EMBED | Permission.ATTACH_FILES)


def test_a_thread_has_its_own_permission_to_send(world: World) -> None:
    thread, music, chidi = world.channel("open jam"), world.channel("music"), world.user("chidi")
    world.deny(music, chidi, SEND)
    assert world.can_write(chidi, thread)
    world.deny(music, chidi, Permission.SEND_MESSAGES_IN_THREADS)
    assert not world.can_write(chidi, thread)


def test_only_moderators_write_in_a_locked_thread(world: World) -> None:
    thread = world.channel("sealed jam")
    assert not world.can_write(world.user("dana"), thread)
    assert world.can_write(world.user("bela"), thread)


def test_a_private_thread_is_visible_to_its_members(world: World) -> None:
    thread = world.add_thread("music", "secret", owner="dana", private=True)
    assert world.can(world.user("dana"), thread, VIEW)
    assert not world.can(world.user("chidi"), thread, VIEW)


def test_a_timed_out_member_only_reads(world: World) -> None:
    world.time_out("Night Owls", world.bot, 60)
    general = world.channel("general")
    assert world.can(world.bot, general, VIEW | Permission.READ_MESSAGE_HISTORY)
    assert not world.can(world.bot, general, SEND)
    world.clock.jump(61)
    assert world.can(world.bot, general, SEND)


def test_a_non_member_has_no_permissions(world: World) -> None:
    assert world.permissions(world.user("eve"), world.channel("general")) == NO_PERMISSIONS


def test_a_direct_message_is_visible_to_two_users(world: World) -> None:
    dm = world.open_dm("ada")
    assert world.can_write(world.user("ada"), dm)
    assert world.can_write(world.bot, dm)
    assert not world.can(world.user("bela"), dm, VIEW)


def test_an_ambiguous_name_is_refused(world: World) -> None:
    world.add_channel("Basement Tapes", "general")
    with pytest.raises(LookupError, match="2 channels"):
        world.channel("general")
    assert world.channel("general", "Basement Tapes").guild_id == world.guild("Basement Tapes").id
