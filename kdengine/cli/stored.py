"""The commands on what is stored: `list`, `show`, `verify`, `export`, `import`, `prune`, `data`."""

import argparse
import json
from contextlib import closing
from pathlib import Path
from typing import Any

from kdengine import config, files
from kdengine.cli import terminal
from kdengine.cli.arguments import a_key, check_writable
from kdengine.offsets.rule import OffsetRule


def add_stored(commands: Any) -> None:
    """Add these commands to the parser's *commands*."""
    listing = commands.add_parser("list", help="the stored runs, a line each")
    listing.add_argument("--json", action="store_true", dest="as_json", help="as JSON")
    listing.set_defaults(command=_list)
    for name, command, text in (
        ("show", _show, "what a stored run is and what it reached"),
        ("verify", _verify, "compute a run's logits anew from its weights and compare"),
    ):
        one = commands.add_parser(name, help=text)
        one.add_argument("key", metavar="KEY", type=a_key, help="a key that `list` shows")
        one.set_defaults(command=command)
    export = commands.add_parser("export", help="write a run, its teacher and baseline to a zip")
    export.add_argument("key", metavar="KEY", type=a_key)
    export.add_argument("file", metavar="FILE", type=Path)
    export.set_defaults(command=_export)
    bring = commands.add_parser("import", help="check the runs in a zip and store them")
    bring.add_argument("file", metavar="FILE", type=Path)
    bring.set_defaults(command=_import)
    prune = commands.add_parser("prune", help="remove what killed writers left, and named runs")
    prune.add_argument("keys", metavar="KEY", type=a_key, nargs="*", help="runs to remove")
    prune.add_argument("--damaged", action="store_true", help="remove runs that cannot be used")
    prune.add_argument("--dry-run", action="store_true", help="only say what would go")
    prune.set_defaults(command=_prune)
    data = commands.add_parser("data", help="fetch MNIST if it is missing, and verify it")
    data.set_defaults(command=_data)


def _list(options: argparse.Namespace) -> int:
    """Print the stored runs."""
    from kdengine.store import runs as store

    entries = store.list_runs()
    if options.as_json:
        records = [
            {"key": entry.key, "usable": entry.problem is None, "problem": entry.problem}
            for entry in entries
        ]
        print(json.dumps(records, indent=1))
        return 0
    for entry in entries:
        place = "shipped" if entry.path.parent == files.shipped_dir() else "made here"
        if entry.problem is not None:
            print(f"{entry.key}  DAMAGED  {entry.problem}")
            continue
        recipe, created = entry.metrics.get("recipe"), entry.metrics.get("created")
        print(f"{entry.key:<44} {recipe:<16} {created}  {place}")
    if not entries:
        print(f"no runs in {files.cache_dir()}; make one: python -m kdengine run --baseline")
    return 0


def _show(options: argparse.Namespace) -> int:
    """Print one run as JSON: its configuration, its environment and its figures."""
    from kdengine import pipeline
    from kdengine.offsets import evaluation
    from kdengine.store import experiments
    from kdengine.store import runs as store

    stored = store.load(options.key)
    shown: dict[str, Any] = {
        "key": stored.key,
        "config": config.to_dict(stored.config),
        "figures": evaluation.summary(
            stored.test_logits, stored.test_labels, stored.config.omitted_classes
        ),
        **{
            name: stored.metrics.get(name)
            for name in ("recipe", "created", "environment", "wall_seconds", "split_sizes")
        },
        "parameters": stored.metrics["parameters"],
        "microseconds_per_image": stored.metrics["microseconds_per_image"],
    }
    if isinstance(stored.config, config.StudentConfig):
        shown["experiment"] = pipeline.evaluate(experiments.find(stored.key), OffsetRule())
    print(json.dumps(shown, indent=1))
    return 0


def _verify(options: argparse.Namespace) -> int:
    """Compare a run's stored logits with those of its stored weights."""
    from kdengine import pipeline

    found = pipeline.verify(options.key)
    print(
        f"{found['key']}: the logits of {found['images']:,} images differ from those of the "
        f"weights by at most {found['largest_difference']:.2g} (allowed: {found['tolerance']:g})"
    )
    if not found["ok"]:
        raise ValueError("the logits are not those of the weights.")
    return 0


def _export(options: argparse.Namespace) -> int:
    """Write an experiment to a zip."""
    from kdengine.store import archive

    check_writable(options.file)
    keys = archive.experiment_keys(options.key)
    archive.export_runs(keys, options.file)
    if files.is_regular(options.file):
        print(f"wrote {options.file} ({options.file.stat().st_size:,} bytes): {', '.join(keys)}")
    return 0


def _import(options: argparse.Namespace) -> int:
    """Store the runs of a zip."""
    from kdengine.store import archive

    print("\n".join(f"stored {key}" for key in archive.import_runs(options.file)))
    return 0


def _prune(options: argparse.Namespace) -> int:
    """Remove leftovers, damaged runs and named runs."""
    import shutil

    from kdengine.store import runs as store

    damaged = [e for e in store.list_runs() if e.problem and e.path.parent == files.runs_dir()]
    named = [*options.keys, *(entry.key for entry in damaged if options.damaged)]
    keys = dict.fromkeys(named)  # a run may be named twice, or be damaged and named
    for key in keys:
        if not (files.runs_dir() / config.check_key(key)).is_dir():
            raise store.RunNotFound(
                f"no run {key} in {files.runs_dir()}; only runs made here can be removed."
            )
    verb = "would remove" if options.dry_run else "removed"
    for folder in store.leftovers():
        if not options.dry_run:
            shutil.rmtree(folder)
        print(f"{verb} {folder.name}, left by a killed writer")
    for key in keys:
        if not options.dry_run:
            store.delete(key)
        print(f"{verb} {key}")
    staying = [entry for entry in damaged if entry.key not in keys]
    if staying:
        print(f"{len(staying)} damaged runs stay; --damaged removes them")
    return 0


def _data(options: argparse.Namespace) -> int:
    """Fetch and verify MNIST."""
    from kdengine.data import datasets, fetching

    with closing(terminal.Progress()) as progress:
        received_before: dict[str, int] = {}

        def show(name: str, received: int, total: int) -> None:
            if name not in received_before:
                progress.start(total=total or None, desc=name, unit="B", unit_scale=True)
                progress.step(f"fetching {name} ({total:,} bytes)", by=0)
            progress.step("", by=received - received_before.get(name, 0))
            received_before[name] = received

        fetching.fetch_mnist(show)
    loaded = datasets.load("mnist")
    print(
        f"MNIST is complete in {files.data_dir() / 'mnist'}: {len(loaded.train_labels):,} training "
        f"and {len(loaded.test_labels):,} test images, every file as published (SHA-256)"
    )
    return 0
