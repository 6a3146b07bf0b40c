"""The REST routes that answer interactions: the callback and the webhook."""

from dataclasses import dataclass

from sandbox.discord.application.interaction import SeenInteraction
from sandbox.discord.application.interactions import Interactions
from sandbox.discord.rest.requests import Answer, Call, Route
from sandbox.discord.world import message_payloads
from sandbox.discord.world.world import World

_WEBHOOK = "/webhooks/{application}/{token}"


@dataclass(slots=True)
class InteractionRoutes:
    """The first response to an interaction, and its webhook. Neither needs the bot's token."""

    world: World
    interactions: Interactions

    def routes(self) -> list[Route]:
        """All of them."""
        original, other = f"{_WEBHOOK}/messages/@original", _WEBHOOK + "/messages/{message}"
        callback = "/interactions/{interaction}/{token}/callback"
        return [
            Route("POST", callback, "callback", self.callback, needs_token=False),
            Route("POST", _WEBHOOK, "followup", self.follow_up, needs_token=False),
            *(
                Route(method, path, f"{kind}.{verb}", handler, needs_token=False)
                for path, kind in ((original, "original"), (other, "followup"))
                for method, verb, handler in (
                    ("GET", "get", self.get),
                    ("PATCH", "edit", self.edit),
                    ("DELETE", "delete", self.delete),
                )
            ),
        ]

    async def callback(self, call: Call) -> Answer:
        """The first response."""
        with_response = call.flag("with_response")
        answer = self.interactions.respond(
            call.id("interaction"), call.params["token"], call.payload, call.files
        )
        return (200, answer) if with_response else (204, None)

    def _interaction(self, call: Call) -> SeenInteraction:
        """The interaction of a webhook's path; its query changes nothing here."""
        for name in ("wait", "with_components"):
            call.flag(name)
        call.check_id_in_query("thread_id")
        return self.interactions.by_token(call.id("application"), call.params["token"])

    async def follow_up(self, call: Call) -> Answer:
        """A further message."""
        interaction = self._interaction(call)
        return 200, message_payloads.message(
            self.world, self.interactions.follow_up(interaction, call.payload, call.files)
        )

    async def get(self, call: Call) -> Answer:
        """One of the interaction's messages."""
        interaction = self._interaction(call)
        return 200, message_payloads.message(
            self.world, self.interactions.message(interaction, _message_ref(call))
        )

    async def edit(self, call: Call) -> Answer:
        """Edit one of the interaction's messages."""
        interaction = self._interaction(call)
        message = self.interactions.edit(interaction, _message_ref(call), call.payload, call.files)
        return 200, message_payloads.message(self.world, message)

    async def delete(self, call: Call) -> Answer:
        """Delete one of the interaction's messages."""
        interaction = self._interaction(call)
        self.interactions.delete(interaction, _message_ref(call))
        return 204, None


def _message_ref(call: Call) -> str:
    return call.params.get("message", "@original")
