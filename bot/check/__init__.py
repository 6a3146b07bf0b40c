"""`python -m bot check`: looks at everything that the bot needs, changes nothing and spends nothing."""

from bot.check.findings import Finding, as_json, as_text, exit_code, of_settings
from bot.check.run import checked, never_connected

__all__ = ["Finding", "as_json", "as_text", "checked", "exit_code", "never_connected", "of_settings"]
