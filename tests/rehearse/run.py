"""A whole rehearsal: the bot with its recorder, the steps, and the end."""

from collections.abc import Callable, Mapping
from pathlib import Path

from bot.settings import Settings
from sandbox.bot_process import BotProcess
from tests.rehearse.cleanup import clean_up
from tests.rehearse.discord_rest import DiscordRest
from tests.rehearse.rehearsal import BotEnded, Person, Rehearsal
from tests.rehearse.scene import Scene
from tests.rehearse.steps import STEPS

CHECK_LIMIT_S = 60.0
DATABASE, LOG, RECORDS = "bot.db", "bot.log", "records.jsonl"


def recorded_bot(environment: Mapping[str, str], *, folder: Path, started_in: Path) -> BotProcess:
    """The bot with its recorder, with its own database and log in `folder`, and no reports to anywhere."""
    own = {
        "DATABASE_URL": f"sqlite+aiosqlite:///{folder / DATABASE}",
        "OPS_PORT": "0",
        "LOG_FORMAT": "json",
        "LOG_LEVEL": "INFO",
        "LOG_PROMPTS": "false",
        "SENTRY_DSN": "",
    }
    command = ("-m", "tests.rehearse.recorder", str(folder / RECORDS))
    return BotProcess({**environment, **own}, folder=started_in, log_file=folder / LOG, command=command)


async def rehearse(
    settings: Settings,
    bot: BotProcess,
    *,
    folder: Path,
    person: Person,
    say: Callable[[str], None],
    time_limit_s: float,
) -> Rehearsal:
    """Take all steps, stop the bot and clean up, also after an interruption.

    Raises:
        RestRefused: Discord refuses the token.
    """
    async with DiscordRest(settings) as rest:
        application_id, user_id, since = await rest.application()
        commands_before = await rest.commands(application_id)
        scene = Scene(bot, rest, folder / DATABASE, folder / RECORDS, application_id)
        rehearsal = Rehearsal(scene, person, say, time_limit_s, CHECK_LIMIT_S)
        try:
            await rehearsal.play(STEPS)
        except BotEnded as error:
            rehearsal.problems.append(f"the bot has ended: {error}")
        finally:
            if bot.started and (code := await bot.stop()) != 0:
                rehearsal.problems.append(f"the bot ended with code {code}")
            rehearsal.judge_log()
            say("")
            for line in await clean_up(scene, user_id=user_id, since=since, commands_before=commands_before):
                say(line)
        return rehearsal
