"""Songs as mp3 files, with the few ID3 fields that players show."""

from collections.abc import Iterator
from typing import Protocol, cast

import lameenc
import numpy as np
from numpy.typing import NDArray

from sandbox.whisul.audio import SAMPLE_RATE, render
from sandbox.whisul.loops import Stereo
from sandbox.whisul.songs import Song

_KBIT_S = 128
_QUALITY = 7
_CHUNK_FRAMES = SAMPLE_RATE
_ENCODER_DELAY_FRAMES = 1152
"""What the encoder puts before the sound; as much is cut at the end so that the length comes out right."""


class _Encoder(Protocol):
    """The part of lameenc's encoder that is used here; the package brings no types."""

    def set_bit_rate(self, kbit_s: int, /) -> None: ...
    def set_in_sample_rate(self, hertz: int, /) -> None: ...
    def set_channels(self, count: int, /) -> None: ...
    def set_quality(self, quality: int, /) -> None: ...
    def silence(self) -> None: ...
    def encode(self, pcm: bytes, /) -> bytes: ...
    def flush(self) -> bytes: ...


def encode_song(song: Song) -> bytes:
    """The song as an mp3 with its tags: stereo, 44.1 kHz, 128 kbit/s, as long as the song says."""
    return id3_tag(song) + encode(render(song))


def encode_tone(seconds: float = 1.0) -> bytes:
    """One soft tone: the quickest mp3 that every player accepts."""
    time_s = np.arange(int(seconds * SAMPLE_RATE), dtype=np.float32) / SAMPLE_RATE
    tone = np.float32(0.3) * np.sin(2 * np.pi * 440 * time_s).astype(np.float32)
    return encode(np.stack([tone, tone], axis=1))


def encode(sound: Stereo) -> bytes:
    """Stereo frames between -1 and 1 as an mp3 without tags."""
    pcm = (sound[: len(sound) - _ENCODER_DELAY_FRAMES] * np.float32(32_767)).astype("<i2")
    encoder = _new_encoder()
    return b"".join([*(encoder.encode(chunk) for chunk in _chunks(pcm)), encoder.flush()])


def _chunks(pcm: NDArray[np.int16]) -> Iterator[bytes]:
    for start in range(0, len(pcm), _CHUNK_FRAMES):
        yield pcm[start : start + _CHUNK_FRAMES].tobytes()


def _new_encoder() -> _Encoder:
    encoder = cast("_Encoder", lameenc.Encoder())  # pyright: ignore[reportUnknownMemberType] - see _Encoder
    encoder.set_bit_rate(_KBIT_S)
    encoder.set_in_sample_rate(SAMPLE_RATE)
    encoder.set_channels(2)
    encoder.set_quality(_QUALITY)
    encoder.silence()
    return encoder


def id3_tag(song: Song) -> bytes:
    """An ID3v2.3 tag: title, artist, genre, tempo and length in milliseconds."""
    frames = b"".join(
        _text_frame(name, text)
        for name, text in (
            (b"TIT2", song.title),
            (b"TPE1", "Whisul Sandbox"),
            (b"TCON", song.genre),
            (b"TBPM", str(song.bpm)),
            (b"TLEN", str(song.duration_s * 1000)),
        )
    )
    return b"ID3\x03\x00\x00" + _synchsafe(len(frames)) + frames


def _text_frame(name: bytes, text: str) -> bytes:
    content = b"\x01" + text.encode("utf-16")
    return name + len(content).to_bytes(4, "big") + b"\x00\x00" + content


def _synchsafe(number: int) -> bytes:
    return bytes((number >> shift) & 0x7F for shift in (21, 14, 7, 0))
