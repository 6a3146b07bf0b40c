"""`python -m bot check`: looks at everything that the bot needs, changes nothing and spends nothing.

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
