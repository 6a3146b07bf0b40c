"""`python -m bot check`: checks everything that the bot needs, without changing or spending anything.

May import everything below the entry; only the command line imports it.
"""

from bot.diagnostics.findings import CheckResult, as_json, as_text, exit_code, invalid_settings_results
from bot.diagnostics.run import offline_bot, run_checks

__all__ = [
    "CheckResult",
    "as_json",
    "as_text",
    "exit_code",
    "invalid_settings_results",
    "offline_bot",
    "run_checks",
]
