"""The data of gateway events that other libraries than discord.py rely on."""

from sandbox.discord import World, default_world
from sandbox.discord.gateway.events import events_of
from sandbox.discord.world.bus import Change


def caused(world: World) -> list[Change]:
    """The changes of the world from now on."""
    changes: list[Change] = []
    world.bus.subscribe(changes.append)
    return changes


def test_a_message_event_says_the_type_of_its_channel() -> None:
    world = default_world()
    changes = caused(world)
    for place in ("general", "open jam", world.open_dm("ada")):
        world.touch_message(world.say("ada", place, "hello"))
    events = [event for change in changes for event in events_of(world, change, reads_content=True)]
    assert [event.data["channel_type"] for event in events if event.name == "MESSAGE_CREATE"] == [0, 11, 1]
    assert [event.data["channel_type"] for event in events if event.name == "MESSAGE_UPDATE"] == [0, 11, 1]


def test_only_a_new_thread_is_said_to_be_new() -> None:
    world = default_world()
    changes = caused(world)
    world.set_thread(world.add_thread("general", "a thread", owner="ada"), archived=True)
    events = [event for change in changes for event in events_of(world, change, reads_content=True)]
    assert [(e.name, e.data.get("newly_created")) for e in events if e.name.startswith("THREAD_")] == [
        ("THREAD_CREATE", True),
        ("THREAD_UPDATE", None),
    ]
