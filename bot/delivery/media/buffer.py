"""Temporary files for downloads: in memory while small, on disk beyond, within a shared size limit."""

import io
import tempfile

MAX_IN_MEMORY_BYTES = 256 * 1024


class BufferSpace:
    """The bytes that all open files may use together."""

    def __init__(self, capacity_bytes: int) -> None:
        self.free_bytes = capacity_bytes


class SpooledFile:
    """A file being downloaded. On disk it has no name, so that nothing is left after a crash."""

    def __init__(self, space: BufferSpace) -> None:
        self._space = space
        self.content: io.BufferedIOBase = io.BytesIO()
        self.size_bytes = 0

    def write(self, data: bytes) -> None:
        """Append `data`.

        Raises:
            OSError: the shared limit is reached or the disk is full.
        """
        if len(data) > self._space.free_bytes:
            raise OSError("no room for more files at the moment")
        # Reserved before writing, so that `close` releases exactly what was counted.
        self._space.free_bytes -= len(data)
        self.size_bytes += len(data)
        if isinstance(self.content, io.BytesIO) and self.size_bytes > MAX_IN_MEMORY_BYTES:
            in_memory, self.content = self.content, tempfile.TemporaryFile()  # noqa: SIM115 - closed by `close`
            self.content.write(in_memory.getvalue())
        self.content.write(data)

    def close(self) -> None:
        """Release the bytes. Idempotent."""
        self.content.close()
        self._space.free_bytes += self.size_bytes
        self.size_bytes = 0
