"""The command line; with `cli_…` and `terminal` the only place that prints.

Exit codes: 0 done, 1 the work failed, 2 unusable arguments. numpy and torch are imported by the
commands that need them, so that ``--help`` answers at once.
"""

import argparse
import errno
import json
import logging
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from kdengine import config, files
from kdengine.cli import reproduce as cli_reproduce
from kdengine.cli import sweep as cli_sweep
from kdengine.cli import synthetic as cli_synthetic
from kdengine.cli import terminal
from kdengine.cli.arguments import (
    Unusable,
    a_key,
    check_device,
    check_writable,
    frequencies,
    number,
    omitted_digits,
    whole,
)
from kdengine.offsets.rule import CRITERIA, OffsetRule
from kdengine.recipes import known, plans
from kdengine.recipes.own import CLASSROOM
from kdengine.training import openmp

_MATCH_HELP = (
    "which classes get an offset: omitted, or all ten (all); all if more digits are left out than "
    "kept, such as with --keep 7,8, if not given"
)
_FREQUENCIES_HELP = (
    "how frequent the criterion frequency takes digits to be: 3=0.3 or 3=0.3,5=0.1; the others "
    "share the rest; as in the training set if not given"
)
_DESCRIPTION = "Distil a student that never sees some digits, and find the offset it lacks."


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    logging.basicConfig(level=logging.ERROR, format="%(message)s")
    openmp.wait_briefly()
    options = _parser().parse_args(arguments)
    try:
        command: Callable[[argparse.Namespace], int] = options.command
        return command(options)
    except KeyboardInterrupt:
        return _fail("stopped; nothing half-finished is stored.", 1)
    except BrokenPipeError:
        # The reader (head, less) has gone; so must our own attempt to flush at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Unusable as error:
        return _fail(str(error), 2)
    except (ValueError, OSError) as error:
        return _fail(_message(error), 1)


def _parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    parser = argparse.ArgumentParser(prog="python -m kdengine", description=_DESCRIPTION)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_run(commands)
    cli_sweep.add_sweep(commands)
    cli_reproduce.add_reproduce(commands)
    cli_synthetic.add_synthetic(commands)
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
    return parser


def _add_run(commands: Any) -> None:
    """Add the command that does the whole experiment."""
    run = commands.add_parser(
        "run",
        help="the whole experiment: teacher, student, offset, evaluation",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add = run.add_argument
    names = ", ".join(known.RECIPES)
    add("--recipe", default=CLASSROOM.name, metavar="NAME", help=f"one of {names}")
    add("--dataset", default="mnist", metavar="NAME", help=" or ".join(config.DATASETS))
    add("--seed", type=whole, default=0, metavar="N", help="seed of weights and shuffling")
    left_out = run.add_mutually_exclusive_group()
    left_out.add_argument(
        "--omit", metavar="DIGITS", help="digits left out: 3, or 3,5, or none (default: 3)"
    )
    left_out.add_argument("--keep", metavar="DIGITS", help="the only digits kept: 7,8")
    own = "the recipe's own if not given"
    limits = {name: allowed for name, (_, allowed) in config.declared(config.StudentConfig).items()}
    for name, metavar, words in (
        ("temperature", "T", "T of the soft targets"),
        ("soft_weight", "W", "factor of the soft term"),
        ("hard_weight", "W", "factor of the hard term"),
    ):
        flag = f"--{name.replace('_', '-')}"
        add(flag, type=number, metavar=metavar, help=f"{words}, {limits[name]}; {own}")
    for flag in ("--teacher-epochs", "--student-epochs"):
        add(flag, type=whole, metavar="N", help=f"{limits['epochs']}; {own}")
    criteria = ", ".join(CRITERIA)
    add("--criterion", metavar="NAME", help=f"how the offset is chosen: {criteria}; {own}")
    add("--match", metavar="CLASSES", help=_MATCH_HELP)
    add("--frequencies", metavar="LIST", help=_FREQUENCIES_HELP)
    add("--probe-size", type=whole, metavar="N", help="training images it looks at; all or " + own)
    add("--baseline", action="store_true", help="also train on the hard labels of the transfer set")
    add("--device", default="auto", choices=config.DEVICES, help="where to train")
    add("--precision", default="auto", choices=config.PRECISIONS, help="of matrix products")
    add("--fresh", action="store_true", help="train even what is stored")
    add("--json", type=Path, metavar="PATH", dest="json_path", help="write the result there")
    add("--quiet", action="store_true", help="print nothing but errors")
    run.set_defaults(command=_run)


def _run(options: argparse.Namespace) -> int:
    """Run an experiment and print its table."""
    try:
        plan = plans.experiment(
            known.recipe(options.recipe),
            dataset=options.dataset,
            seed=options.seed,
            omitted_classes=omitted_digits(options.omit, options.keep),
            temperature=options.temperature,
            soft_weight=options.soft_weight,
            hard_weight=options.hard_weight,
            teacher_epochs=options.teacher_epochs,
            student_epochs=options.student_epochs,
            criterion=options.criterion,
            probe_size=options.probe_size,
            match=options.match,
            frequencies=frequencies(options.frequencies),
        )
        plan.check()
    except ValueError as error:
        raise Unusable(str(error)) from error
    check_writable(options.json_path)
    from kdengine import pipeline

    check_device(options.device)
    progress = terminal.RunProgress(quiet=options.quiet)
    try:
        result = pipeline.run(
            plan,
            with_baseline=options.baseline,
            device=options.device,
            precision=options.precision,
            fresh=options.fresh,
            on_event=progress,
        )
    finally:
        progress.close()
    if options.json_path is not None:
        from kdengine.store import shapes

        shapes.write_json(options.json_path, result)
    if not options.quiet:
        print(terminal.result_table(result))
    return 0


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
    return 0 if found["ok"] else _fail("the logits are not those of the weights.", 1)


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
    keys = list(options.keys) + [e.key for e in damaged if options.damaged]
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
    if damaged and not options.damaged:
        print(f"{len(damaged)} damaged runs stay; --damaged removes them")
    return 0


def _data(options: argparse.Namespace) -> int:
    """Fetch and verify MNIST."""
    from kdengine.data import datasets, fetching

    bars = terminal.DownloadProgress()
    try:
        fetching.fetch_mnist(bars)
    finally:
        bars.close()
    loaded = datasets.load("mnist")
    print(
        f"MNIST is complete in {files.data_dir() / 'mnist'}: {len(loaded.train_labels):,} training "
        f"and {len(loaded.test_labels):,} test images, every file as published (SHA-256)"
    )
    return 0


def _message(error: Exception) -> str:
    """Return the error's own words, without Python's errno prefix."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        if error.strerror and error.strerror != os.strerror(error.errno):
            return error.strerror  # it says more already
        return (
            f"the disk of {files.cache_dir()} is full; what is finished is stored. Free some "
            "space and start the same command again"
        )
    if isinstance(error, OSError) and error.strerror:
        where = f": {error.filename}" if error.filename else ""
        return f"{error.strerror}{where}"
    return str(error)


def _fail(message: str, code: int) -> int:
    """Print *message* where errors go and return *code*."""
    print(f"error: {message}", file=sys.stderr)
    return code
