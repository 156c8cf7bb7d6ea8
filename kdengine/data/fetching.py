"""Sets from their mirrors: what is missing is fetched, verified and stored beside what is there.

Nothing is ever replaced or deleted, whatever it is: it may be somebody's.
"""

import hashlib
import io
import logging
import os
import secrets
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from kdengine.data import mnist_files, own
from kdengine.data.mnist_files import DataCorrupt, DataMissing, remedy
from kdengine.files import data_dir, written

logger = logging.getLogger(__name__)

Progress = Callable[[str, int, int], None]  # file, bytes so far, bytes in all (0: unknown)

MNIST_MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "http://yann.lecun.com/exdb/mnist/",
)
_MOST_NAMES = 9  # that a fetched file tries
_LARGEST = 10**9  # bytes of another set's file
_READ_SECONDS = 30.0  # a mirror silent for so long has failed


def fetch_mnist(
    progress: Progress | None = None,
    connect_seconds: float = 3.0,
    mirrors: Sequence[str] | None = None,
) -> None:
    """Fetch the MNIST files that are not there; touch no network if none is missing.

    The *mirrors*, MNIST_MIRRORS unless others are given, are asked in their order, each waited for
    *connect_seconds*. Where a name is taken the file is called ``NAME.fetched.gz``. DataMissing if
    a file cannot be had, the folder cannot be written, or KDENGINE_OFFLINE is set.
    """
    folder, found = mnist_files.folder(), mnist_files.search()
    if found.missing and os.environ.get("KDENGINE_OFFLINE"):
        told = ["KDENGINE_OFFLINE is set, so nothing is downloaded.", *mnist_files.report(found)]
        raise DataMissing("\n  ".join(told) + f"\n{remedy()}")
    if found.missing:
        with _writing():  # first: an unwritable folder shows before any waiting
            folder.mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=folder).close()
    unreachable: dict[str, str] = {}
    for name in found.missing:
        raw = _fetch(f"{name}.gz", mirrors or MNIST_MIRRORS, unreachable, connect_seconds, progress)
        with _writing():
            _store(raw, folder, name)


def fetch(name: str, progress: Progress | None = None, connect_seconds: float = 3.0) -> None:
    """Fetch those files of the known set *name* that are not there, packed or plain, by their MD5.

    DataMissing as from `fetch_mnist`.
    """
    fetched, folder = own.known()[name].fetched, data_dir() / name
    assert fetched is not None
    unreachable: dict[str, str] = {}
    for file_name, md5 in fetched.md5.items():
        names = [Path(member).name for member in fetched.members or [file_name]]
        if all(_is_there(folder / name) for name in names):
            continue
        if os.environ.get("KDENGINE_OFFLINE"):
            raise DataMissing(
                f"{name} is not fetched: KDENGINE_OFFLINE is set. "
                f"Put its files, such as {names[0]}, into {folder}."
            )
        with _writing(folder):
            folder.mkdir(parents=True, exist_ok=True)
        raw = _fetch(file_name, fetched.mirrors, unreachable, connect_seconds, progress, md5)
        contents = [raw]
        if fetched.members:
            with zipfile.ZipFile(io.BytesIO(raw)) as archive:
                contents = [archive.read(member) for member in fetched.members]
        for path, content in zip(map(folder.joinpath, names), contents, strict=True):
            if not _is_there(path):
                with _writing(folder), written(path) as file:
                    file.write(content)


def _is_there(path: Path) -> bool:
    """Return whether an archive is there, or what was in it."""
    return path.exists() or path.with_suffix("").exists()


def _store(raw: bytes, folder: Path, name: str) -> None:
    """Give an archive the first name that is free, unless another has stored the same there."""
    temporary = folder / f".{name}.{secrets.token_hex(8)}.tmp"
    try:
        with temporary.open("xb") as file:
            file.write(raw)
        suffixes = (".gz", ".fetched.gz", *(f".fetched-{n}.gz" for n in range(2, _MOST_NAMES)))
        for target in (folder / f"{name}{suffix}" for suffix in suffixes):
            try:
                _link(temporary, target, raw)
                return
            except FileExistsError:
                if name in mnist_files.look_at(target).holds:
                    return
    finally:
        temporary.unlink(missing_ok=True)
    raise FileExistsError(f"{name}.gz and all other names up to {target.name} are taken")


def _link(temporary: Path, target: Path, raw: bytes) -> None:
    """Give a file another name in one step; FileExistsError if anything has it."""
    try:
        os.link(temporary, target)
    except FileExistsError:
        raise
    except OSError:  # a disk without links: what a stopped writer leaves there is no harm
        with target.open("xb") as file:
            file.write(raw)


def _fetch(
    file_name: str,
    mirrors: Sequence[str],
    unreachable: dict[str, str],
    connect_seconds: float,
    progress: Progress | None,
    md5: str = "",
) -> bytes:
    """Return one archive from the first mirror that has it; note the mirrors out of reach."""
    import requests

    failures = []
    for mirror in mirrors:
        url = f"{mirror.rstrip('/')}/{file_name}"
        try:
            if mirror not in unreachable:
                return _download(url, connect_seconds, progress, md5)
            failures.append(f"{url}: not asked again, {unreachable[mirror]}")
        except (requests.ConnectionError, requests.Timeout) as error:
            unreachable[mirror] = f"cannot be reached ({_root_cause(error)})"
            failures.append(f"{url}: {unreachable[mirror]}")
        except (requests.RequestException, DataCorrupt) as error:
            failures.append(f"{url}: {_root_cause(error)}")
        logger.warning("%s", failures[-1])
    tried = "".join(f"\n  {failure}" for failure in failures) or " no mirror"
    is_online = set(mirrors) - unreachable.keys()
    advice = "Copy it there by hand." if md5 else remedy(fetch=bool(is_online))
    raise DataMissing(f"Could not fetch {file_name}. Tried:{tried}\n{advice}")


def _download(url: str, connect_seconds: float, progress: Progress | None, md5: str) -> bytes:
    """Return the bytes at *url*, if they have that *md5*, or are MNIST's file of that name."""
    import requests

    file_name = url.rpartition("/")[2]
    name = file_name.removesuffix(".gz")
    longest = _LARGEST if md5 else mnist_files.longest_archive(mnist_files.FILES[name].size)
    raw = bytearray()
    with requests.get(
        url,
        stream=True,
        timeout=(connect_seconds, _READ_SECONDS),
        headers={"Accept-Encoding": "identity"},
    ) as response:
        response.raise_for_status()
        length = response.headers.get("Content-Length", "")
        for chunk in response.iter_content(chunk_size=1 << 16):
            raw += chunk
            if len(raw) > longest:
                raise DataCorrupt(f"longer than {file_name} can be, stopped at {len(raw)} bytes")
            if progress:
                progress(file_name, len(raw), int(length) if length.isdecimal() else 0)
    if md5:
        found = hashlib.md5(raw, usedforsecurity=False).hexdigest()
        if found != md5:
            raise DataCorrupt(f"found {len(raw):,} bytes of MD5 {found}; {md5} is published")
        return bytes(raw)
    try:
        held, words = mnist_files.contents_of(io.BytesIO(raw))
    except ValueError as error:
        held, words = {}, str(error)
    if name not in held:
        raise DataCorrupt(f"found {len(raw):,} bytes, {words}; expected {file_name}")
    logger.info("fetched %s", url)
    return bytes(raw)


def _root_cause(error: BaseException) -> BaseException:
    """Return the innermost cause: requests buries "refused" under three wrappers."""
    while deeper := error.__cause__ or error.__context__:
        error = deeper
    return error


@contextmanager
def _writing(folder: Path | None = None) -> Iterator[None]:
    """Turn a failure to write into a message that says what to do."""
    folder = folder or mnist_files.folder()
    try:
        yield
    except OSError as error:
        raise DataMissing(
            f"Cannot write to {folder} ({error}). Make that folder writable, "
            "or set KDENGINE_DATA_DIR to one that is; or go on without it: --dataset digits."
        ) from error
