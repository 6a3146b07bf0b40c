"""Download buffers: small files in memory, others on disk, all within a shared limit."""

import io

import pytest

from bot.delivery.media.buffer import MAX_IN_MEMORY_BYTES, BufferSpace, SpooledFile

CHUNK = b"la" * 8192


def filled(shelf: BufferSpace, size_bytes: int) -> SpooledFile:
    spool = SpooledFile(shelf)
    for _ in range(size_bytes // len(CHUNK)):
        spool.write(CHUNK)
    return spool


@pytest.mark.parametrize(
    ("size_bytes", "in_memory"), [(0, True), (MAX_IN_MEMORY_BYTES, True), (2 * MAX_IN_MEMORY_BYTES, False)]
)
def test_small_files_are_in_memory_and_large_ones_on_disk(size_bytes: int, *, in_memory: bool) -> None:
    spool = filled(BufferSpace(10**9), size_bytes)
    assert isinstance(spool.content, io.BytesIO) is in_memory
    spool.content.seek(0)
    assert spool.content.read() == b"la" * (size_bytes // 2)
    assert spool.size_bytes == size_bytes
    spool.close()


def test_a_full_buffer_accepts_no_data_until_a_file_is_closed() -> None:
    shelf = BufferSpace(3 * len(CHUNK))
    first, second = filled(shelf, 2 * len(CHUNK)), filled(shelf, len(CHUNK))
    with pytest.raises(OSError, match="no room"):
        second.write(b"a")
    first.close()
    first.close()
    assert shelf.free_bytes == 2 * len(CHUNK)
    second.write(CHUNK)
    second.close()
    assert shelf.free_bytes == 3 * len(CHUNK)
