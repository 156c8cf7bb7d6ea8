"""The commands on what is stored: `list`, `show`, `verify`, `export`, `import`, `prune`, `data`."""

import argparse
import functools
import json
from collections.abc import Collection, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from kdengine import config, files
from kdengine.cli import terminal
from kdengine.cli.arguments import Unusable, a_key, check_writable
from kdengine.offsets.rule import OffsetRule


def add_to(commands: Any) -> None:
    """Add these commands to the parser's *commands*."""

    def add(name: str, command: Any, words: str) -> Any:
        parser = commands.add_parser(name, help=words)
        parser.set_defaults(command=command)
        return parser.add_argument

    add("list", _list, "the stored runs, a line each")
    key = {"metavar": "KEY", "type": a_key, "help": "a key that `list` shows"}
    add("show", _show, "what a stored run is and what it reached")("key", **key)
    add("verify", _verify, "compute a run's logits anew from its weights and compare")("key", **key)
    option = add("export", _export, "write a run, its teacher and baseline to a zip, or a network")
    option("key", **key)
    option("file", metavar="FILE", type=Path, help="a .zip; .safetensors or .pt: its weights alone")
    option("--overwrite", action="store_true", help="replace the file if it is there")
    add("import", _import, "check the runs in a zip and store them")(
        "file", metavar="FILE", type=Path
    )
    option = add("costs", _costs, "measure teacher and student in fp32, bf16 and int8")
    option("key", **key)
    option("--write", action="store_true", help="store the table in cache/shipped")
    option = add("prune", _prune, "remove what killed writers left, and named runs")
    option("keys", nargs="*", **{**key, "help": "runs to remove"})
    option("--damaged", action="store_true", help="remove runs that cannot be used")
    option("--dry-run", action="store_true", help="only say what would go")
    add("data", _data, "list the data sets; fetch MNIST, or the one named, if it is missing")(
        "name",
        nargs="?",
        default="mnist",
        metavar="NAME",
        help="mnist, or one it knows where to get",
    )


def _list(options: argparse.Namespace) -> int:
    from kdengine.store import runs

    entries = runs.list_runs(with_logits=True)
    for entry in entries:
        place = "shipped" if entry.path.parent == files.shipped_dir() else "made here"
        if entry.problem is not None:
            print(f"{entry.key}  DAMAGED  {entry.problem}")
            continue
        recipe = entry.metrics.get("file") or entry.metrics.get("recipe")
        created = entry.metrics.get("created")
        print(f"{entry.key:<44} {recipe:<16} {created}  {place}")
    if not entries:
        print(f"no runs in {files.cache_dir()}; make one: python -m kdengine run --baseline")
    return 0


def _show(options: argparse.Namespace) -> int:
    """Print one run as JSON: its configuration, its environment and its figures."""
    from kdengine import pipeline
    from kdengine.offsets import evaluation
    from kdengine.store import experiments, runs

    run = runs.load(options.key)
    omitted = run.config.omitted_classes
    told = ("recipe", "created", "environment", "wall_seconds", "split_sizes", "parameters")
    shown: dict[str, Any] = {
        "key": run.key,
        "config": config.to_dict(run.config),
        "figures": evaluation.summary(run.test_logits, run.test_labels, omitted),
        **{name: run.metrics.get(name) for name in (*told, "file", "microseconds_per_image")},
    }
    if isinstance(run.config, config.StudentConfig):
        shown["experiment"] = pipeline.evaluate(experiments.find(run.key), OffsetRule())
    print(json.dumps(shown, indent=1))
    return 0


def _verify(options: argparse.Namespace) -> int:
    from kdengine import pipeline

    result = pipeline.verify(options.key)
    print(
        f"{result['key']}: the logits of {result['images']:,} images differ from those of the "
        f"weights by at most {result['largest_difference']:.2g} (allowed: {result['tolerance']:g})"
    )
    if not result["ok"]:
        raise ValueError("the logits are not those of the weights.")
    return 0


def _export(options: argparse.Namespace) -> int:
    from kdengine.store import archive

    check_writable(options.file)
    if options.file.exists() and files.is_regular(options.file) and not options.overwrite:
        raise Unusable(f"{options.file} is there; give another name, or --overwrite to replace it.")
    if options.file.suffix in (".safetensors", ".pt", ".pth"):
        archive.export_network(options.key, options.file)
        print(f"wrote {options.file}: the weights of {options.key}, for grey values from 0 to 1")
        return 0
    if options.file.suffix not in ("", ".zip"):
        raise ValueError(
            f"{options.file.name[:60]!r} is to be a .zip (the runs) or a .safetensors or .pt (the "
            "weights alone)."
        )
    keys = archive.experiment_keys(options.key)
    archive.export_runs(keys, options.file)
    if files.is_regular(options.file):
        print(f"wrote {options.file} ({options.file.stat().st_size:,} bytes): {', '.join(keys)}")
    return 0


def _import(options: argparse.Namespace) -> int:
    """Store the runs of a zip; 1 if one was skipped."""
    from kdengine.data import datasets, mnist_files
    from kdengine.store import archive

    load = functools.cache(datasets.load)

    def array_of(dataset: str, part: str) -> Any:
        try:
            return getattr(load(dataset), part)
        except (mnist_files.DataMissing, mnist_files.DataCorrupt):
            if dataset not in config.DATASETS:
                raise
            return None

    imported = archive.import_runs(options.file, array_of)
    for run in imported:
        print(f"{run.outcome} {run.key}" + (f": {run.why}" if run.why else ""))
    return int(any(run.outcome == "skipped" for run in imported))


def _costs(options: argparse.Namespace) -> int:
    from kdengine.store import tables
    from kdengine.studies import cost_table

    content = cost_table.measure(options.key)
    path = tables.path_of(cost_table.table_of(options.key), shipped=options.write)
    tables.write(path, content)
    print(json.dumps(content["costs"], indent=1), f"wrote {path}", sep="\n")
    return 0


def _prune(options: argparse.Namespace) -> int:
    from kdengine.store import runs

    entries = runs.list_runs(with_logits=True)
    damaged = [e for e in entries if e.problem and e.path.parent == files.runs_dir()]
    # A run may be named twice, or be damaged and named.
    keys = dict.fromkeys([*options.keys, *(e.key for e in damaged if options.damaged)])
    for key in keys:
        runs.removable(key)
    _check_needed(keys, entries)
    verb = "would remove" if options.dry_run else "removed"
    for folder in runs.leftovers():
        if not options.dry_run:
            runs.remove_leftover(folder)
        print(f"{verb} {folder.name}, left by a killed writer")
    for key in keys:
        if not options.dry_run:
            runs.delete(key)
        print(f"{verb} {key}")
    staying = [entry for entry in damaged if entry.key not in keys]
    if staying:
        print(f"{len(staying)} damaged runs stay; --damaged removes them")
    return 0


def _check_needed(keys: Collection[str], entries: Sequence[Any]) -> None:
    """Raise ValueError if a run of *keys*, which go, is the teacher of a student that stays."""
    kept = [e for e in entries if e.key not in keys and isinstance(e.config, config.StudentConfig)]
    for entry in entries:
        students = [e.key for e in kept if e.config.teacher == entry.key]
        # Without a teacher that is damaged, or shipped as well, they lose nothing.
        is_only = entry.config and not (files.shipped_dir() / entry.key).is_dir()
        if entry.key in keys and students and is_only:
            again = " It came from a file: only --teacher-file brings it back."
            raise ValueError(
                f"{entry.key} is the teacher of {', '.join(students)}, which need it; name them "
                f"too, or leave it.{again if entry.config.source else ''}"
            )


def _about(name: str) -> str:
    """Return a data set's title, sizes, source and licence; errors as `datasets.load`."""
    from kdengine.data import datasets, own

    loaded, about = datasets.load(name), own.describe(name)
    told = f"{len(loaded.train_labels):,} + {len(loaded.test_labels):,} images"
    return ", ".join(filter(None, [about.title, told, about.source, about.licence]))


def _data(options: argparse.Namespace) -> int:
    """List the data sets; fetch and verify one."""
    from kdengine.data import datasets, fetching, mnist_files, own

    lacking = []  # of those that can be fetched
    for name in (*config.DATASETS, *own.names()):
        try:
            told = _about(name)
        except (OSError, ValueError) as error:
            told = str(error).partition("\n")[0]
            is_lacking = isinstance(error, (mnist_files.DataMissing, own.DataIncomplete))
            lacking += [name] * (is_lacking and name in own.known())
        print(own.printable(f"{name}: {told}"))
    before = mnist_files.search()
    with closing(terminal.Progress()) as progress:
        received_before: dict[str, int] = {}

        def show(name: str, received: int, total: int) -> None:
            if name not in received_before:
                progress.start(total=total or None, desc=name, unit="B", unit_scale=True)
                progress.step(f"fetching {name} ({total:,} bytes)", by=0)
            progress.step("", by=received - received_before.get(name, 0))
            received_before[name] = received

        if options.name != "mnist":
            if options.name in lacking:
                fetching.fetch(options.name, show)
            print(own.printable(f"{options.name} is complete: {_about(options.name)}"))
            return 0
        fetching.fetch_mnist(show)
    after = mnist_files.search()
    report = mnist_files.report(after._replace(looks={**before.looks, **after.looks}))
    loaded = datasets.load("mnist")
    print(
        f"MNIST is complete: {len(loaded.train_labels):,} training and {len(loaded.test_labels):,} "
        "test images, verified: every file is as published (SHA-256)"
    )
    print("\n  ".join(report))
    return 0
