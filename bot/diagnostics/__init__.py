"""`python -m bot check`: looks at everything that the bot needs, changes nothing and spends nothing.

May import everything below the entry; only the command line imports it.
"""

from bot.diagnostics.findings import CheckResult, as_json, as_text, exit_code, of_settings
from bot.diagnostics.run import checked, never_connected

__all__ = ["CheckResult", "as_json", "as_text", "checked", "exit_code", "never_connected", "of_settings"]
