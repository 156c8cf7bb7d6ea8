"""The command `noise-teacher`: the small network behind the student that sees only noise."""

import argparse
from typing import Any

from kdengine.cli.arguments import usable
from kdengine.config import DATASETS


def add_to(commands: Any) -> None:
    """Add the command to the parser's *commands*."""
    words = "train the small teacher whose answers to noise are learned in the browser (seconds)"
    parser = commands.add_parser("noise-teacher", help=words, description=words)
    parser.add_argument("--dataset", default=DATASETS[0], choices=DATASETS)
    parser.add_argument("--seed", default=0, type=int)
    parser.add_argument("--write", action="store_true", help="store it in cache/shipped")
    parser.set_defaults(command=_train)


def _train(options: argparse.Namespace) -> int:
    import torch

    from kdengine.data import datasets
    from kdengine.store import tables
    from kdengine.synthetic import noise_teacher

    with usable():
        data = datasets.load(options.dataset)
    torch.set_num_threads(1)  # so small a product takes longer on several
    made_by = f"python -m kdengine noise-teacher --dataset {data.name} --seed {options.seed}"
    content = noise_teacher.train(data, options.seed, made_by=made_by)
    path = tables.path_of(noise_teacher.table(data.name), shipped=options.write)
    tables.write(path, content)
    counts = f"{content['errors']:,} errors, its student of noise {content['student_errors']:,}"
    print(f"{counts} on {content['test_images']:,} test images; wrote {path}")
    return 0
