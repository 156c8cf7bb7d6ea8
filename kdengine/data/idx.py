"""IDX files: plain, gzip, or in a zip such as Keras's npz; never more is read than is asked for."""

import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from typing import IO

from kdengine import files

_GZIP, _ZIP = b"\x1f\x8b", b"PK\x03\x04"  # IDX files begin with two zero bytes
_BESIDES = 4096  # bytes of an archive, at most, that are not its content: a name, say
_HEAD = 16  # bytes: the header of three dimensions
_TYPES = {8: "bytes", 9: "signed bytes", 11: "shorts", 12: "integers", 13: "floats", 14: "doubles"}
_LONGEST_DIRECTORY = 2048  # bytes, of a zip: some twenty members
_BEFORE_AN_ARRAY = range(64, 1025, 16)  # bytes of NPY header, which is padded


class Other(ValueError):
    """A file is none of those asked for, as its first bytes tell; the message says what it is."""


def contents(file: IO[bytes], sizes: Mapping[bytes, int]) -> Iterator[bytes]:
    """Yield the IDX contents in *file* whose header is a key of *sizes*, as long as that says.

    Its first bytes tell how it is packed. An array in an npz has no IDX header; it is given one.
    ValueError with what is wrong with it, `Other` if it holds something else.
    """
    if file.read(len(_ZIP)) == _ZIP:
        yield from _members(file, dict(sizes))
    else:
        yield _content(file, sizes)


def _content(file: IO[bytes], sizes: Mapping[bytes, int]) -> bytes:
    """Return the content of a plain file or an archive of one member."""
    head = _start(file, _HEAD)
    for header, size in sizes.items():
        if head.startswith(header):
            content = _start(file, size + 1)
            if len(content) == size:
                return content
            found = f"{len(content):,}" if len(content) < size else "more"
            raise ValueError(f"{words(head)}, but of {size:,} bytes it has {found}")
    raise Other(words(head))


def _start(file: IO[bytes], length: int) -> bytes:
    """Return so many bytes, decompressed; fewer if there are no more."""
    file.seek(0)
    packed = file.read(_BESIDES + length + length // 100)  # no archive is longer
    if not packed.startswith(_GZIP):
        return packed[:length]
    stream = zlib.decompressobj(wbits=31)
    try:
        content = stream.decompress(packed, length)
    except zlib.error as error:
        raise ValueError(f"cannot be decompressed ({error})") from error
    if len(content) < length and not stream.eof:
        raise ValueError("cannot be decompressed (it is cut off)")
    return content


def _members(file: IO[bytes], sizes: dict[bytes, int]) -> Iterator[bytes]:
    """Yield the IDX files and NPY arrays in a zip, at most one for each header."""
    try:
        is_short = files.zip_directory(file)[1] <= _LONGEST_DIRECTORY
    except ValueError:
        is_short = False
    if not is_short:
        raise Other("a zip of another kind, or cut off")
    try:
        with zipfile.ZipFile(file) as archive:
            for info in archive.infolist():
                for header, size in list(sizes.items()):
                    before = info.file_size - (size - len(header))
                    fits = before == len(header) or before in _BEFORE_AN_ARRAY
                    # Others are decompressed whole, whatever length is asked for.
                    if fits and info.compress_type in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                        del sizes[header]
                        with archive.open(info) as member:
                            yield header + member.read(info.file_size)[before:]
    except (zipfile.BadZipFile, EOFError, RuntimeError, struct.error, zlib.error) as error:
        raise ValueError(f"cannot be decompressed ({error})") from error


def head(file: IO[bytes]) -> bytes:
    """Return the first bytes of a file, decompressed, which tell its shape; ValueError as above."""
    return _start(file, _HEAD)


def shape(head: bytes) -> tuple[int, ...]:
    """Return the sizes of an IDX file of bytes, from its first bytes; none if it is another."""
    dimensions = head[3] if head.startswith(b"\0\0\x08") and len(head) > 3 else 0
    if not 1 <= dimensions <= 3 or len(head) < 4 + 4 * dimensions:
        return ()
    return struct.unpack_from(f">{dimensions}I", head, 4)


def words(head: bytes) -> str:
    """Return what an IDX file holds, from its first bytes."""
    if sizes := shape(head):
        return f"an IDX file, {' × '.join(f'{size:,}' for size in sizes)}"
    if head.startswith(b"\0\0") and len(head) == _HEAD and head[2] in _TYPES and head[3]:
        return f"an IDX file of {_TYPES[head[2]]} in {head[3]} dimensions; bytes in 1 or 3 are read"
    return "no IDX file" if head else "empty"
