"""The container's health check: `python -m bot.ops.probe` asks `/healthz` of the bot that runs beside it.

It imports next to nothing but Python's own, because it runs twice a minute.
"""

import http.client
import os
import sys

from bot.ops import console

TIMEOUT_S = 5.0
LOOPBACK_OF = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - these are looked up, not listened on


def probe_health(host: str, port: int) -> tuple[bool, str]:
    """Whether the bot is well, and its own words. A port of 0 switches the endpoint off: then nothing is known against it."""
    if port == 0:
        return True, "OPS_PORT is 0: nobody can be asked"
    # Not by urllib, which would ask a proxy of the environment.
    connection = http.client.HTTPConnection(LOOPBACK_OF.get(host, host), port, timeout=TIMEOUT_S)
    try:
        connection.request("GET", "/healthz")
        response = connection.getresponse()
        return response.status == http.HTTPStatus.OK, response.read(4096).decode(errors="replace")
    except (OSError, http.client.HTTPException) as error:
        return False, f"no answer from {host}:{port}: {error}"
    finally:
        connection.close()


def main() -> int:
    """Print what was found; 0 when the bot is well, 1 when it is not."""
    well, words = probe_health(
        os.environ.get("OPS_HOST", "127.0.0.1"), int(os.environ.get("OPS_PORT", "8790"))
    )
    sys.stdout.write(f"{words}\n")
    return 0 if well else 1


if __name__ == "__main__":
    console.set_up()
    sys.exit(main())
