"""Transport compression: one stream for each connection, flushed at the end of each message.

The sandbox has zstd-stream where Python's standard library has Zstandard, from 3.14 on; there discord.py asks for it.
"""

import sys
import zlib
from collections.abc import Callable

Compress = Callable[[bytes], bytes]


def _zlib_stream() -> Compress:
    stream = zlib.compressobj()
    # It ends each message with 00 00 FF FF, by which clients know that it is whole.
    return lambda message: stream.compress(message) + stream.flush(zlib.Z_SYNC_FLUSH)


COMPRESSIONS: dict[str, Callable[[], Compress]] = {"zlib-stream": _zlib_stream}
"""By the value of `compress` in the gateway's URL: starts a stream, whose function compresses one message."""

if sys.version_info >= (3, 14):
    from compression.zstd import ZstdCompressor

    def _zstd_stream() -> Compress:
        stream = ZstdCompressor()
        return lambda message: stream.compress(message, stream.FLUSH_BLOCK)

    COMPRESSIONS["zstd-stream"] = _zstd_stream
