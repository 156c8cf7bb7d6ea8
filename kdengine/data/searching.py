"""The files below a folder, nearest first, within bounds: it may be somebody's home folder."""

import os
from collections import deque
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

DEEPEST = 4  # folders below: MNIST/raw/NAME/NAME in a folder of data sets
MOST_ENTRIES = 2000


def files_below(*tops: Path) -> Iterator[Path]:
    """Yield the regular files below *tops*, and the folders there that may not be read.

    Links are followed, no folder is read twice, hidden ones not at all.
    """
    queue = deque((top, 0) for top in tops)
    seen: set[tuple[int, int]] = set()
    left = MOST_ENTRIES
    while queue and left > 0:
        folder, depth = queue.popleft()
        try:
            about = folder.stat()
            if (about.st_dev, about.st_ino) in seen:
                continue
            seen.add((about.st_dev, about.st_ino))
            with os.scandir(folder) as listing:
                entries = sorted(islice(listing, left), key=lambda entry: entry.name)
        except PermissionError:
            yield folder
            continue
        except OSError:
            continue
        left -= len(entries)
        for entry in entries:
            try:
                is_file, is_folder = entry.is_file(), entry.is_dir()
            except OSError:  # a link in a circle, say
                continue
            if is_file and not entry.name.startswith("."):
                yield Path(entry.path)
            elif is_folder and depth < DEEPEST and not entry.name.startswith("."):
                queue.append((Path(entry.path), depth + 1))
