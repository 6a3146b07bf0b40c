"""Health check of the container: `python -m bot.ops.probe` requests `/healthz` of the bot.

It imports little beyond the standard library, because it runs twice a minute.
"""

import http.client
import os
import sys

from bot.ops import console

TIMEOUT_S = 5.0
LOOPBACK_OF = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - connected to, not bound


def probe_health(host: str, port: int) -> tuple[bool, str]:
    """Whether the bot is healthy, and the body of its answer. With port 0 there is no endpoint, which counts as healthy."""
    if port == 0:
        return True, "OPS_PORT is 0: nobody can be asked"
    # Not urllib, which would use a proxy of the environment.
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
    """Print the answer; returns 0 if the bot is healthy, else 1."""
    well, words = probe_health(
        os.environ.get("OPS_HOST", "127.0.0.1"), int(os.environ.get("OPS_PORT", "8790"))
    )
    sys.stdout.write(f"{words}\n")
    return 0 if well else 1


if __name__ == "__main__":
    console.set_up()
    sys.exit(main())
