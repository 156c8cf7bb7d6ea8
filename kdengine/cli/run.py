"""The command `run`: the whole experiment, from its teacher to its table."""

import argparse
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from kdengine import config
from kdengine.cli import arguments, terminal
from kdengine.offsets.rule import CRITERIA
from kdengine.recipes import known, plans
from kdengine.recipes.own import CLASSROOM

_MATCH_HELP = (
    "which classes get an offset: omitted, or all ten (all); all if more digits are left out than "
    "kept, such as with --keep 7,8, if not given"
)
_DATASET_HELP = (
    f"{', '.join(config.DATASETS)}, or another of those that `python -m kdengine data` lists"
)
_FREQUENCIES_HELP = (
    "how frequent the criterion frequency takes digits to be: 3=0.3 or 3=0.3,5=0.1; the others "
    "share the rest; as in the training set if not given"
)

_SCALING_HELP = (
    "what pixels such a network was shown: 0-1, mean-deviation (as PyTorch's examples), centred "
    "(-1 to 1) or 0-255; the one that fits if not given"
)


def add_to(commands: Any) -> None:
    """Add the command that does the whole experiment."""
    run = commands.add_parser(
        "run",
        help="the whole experiment: teacher, student, offset, evaluation",
    )
    add = run.add_argument
    names, if_not = ", ".join(known.RECIPES), " (default: %(default)s)"
    add("--recipe", default=CLASSROOM.name, metavar="NAME", help=f"one of {names}{if_not}")
    add("--dataset", default="mnist", metavar="NAME", help=_DATASET_HELP + if_not)
    words = "seed of weights and shuffling" + if_not
    add("--seed", type=arguments.whole, default=0, metavar="N", help=words)
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
        add(flag, type=arguments.number, metavar=metavar, help=f"{words}, {limits[name]}; {own}")
    for flag in ("--teacher-epochs", "--student-epochs"):
        add(flag, type=arguments.whole, metavar="N", help=f"{limits['epochs']}; {own}")
    criteria = ", ".join(CRITERIA)
    add("--criterion", metavar="NAME", help=f"how the offset is chosen: {criteria}; {own}")
    add("--match", metavar="CLASSES", help=_MATCH_HELP)
    add("--frequencies", metavar="LIST", help=_FREQUENCIES_HELP)
    add(
        "--probe-size",
        type=arguments.whole,
        metavar="N",
        help="training images it looks at; all or " + own,
    )
    for role in ("teacher", "student"):
        words = (
            f"take the {role} from a file (.safetensors, .pt, .pth, .npz) instead of training it"
        )
        add(f"--{role}-file", type=Path, metavar="FILE", help=words)
    add("--scaling", metavar="NAME", default="", help=_SCALING_HELP)
    add("--accept", action="store_true", help="take such a network whatever it answers")
    add("--baseline", action="store_true", help="also train on the hard labels of the transfer set")
    add("--device", default="auto", choices=config.DEVICES, help="where to train" + if_not)
    add(
        "--precision", default="auto", choices=config.PRECISIONS, help="of matrix products" + if_not
    )
    add("--fresh", action="store_true", help="train even what is stored")
    add("--json", type=Path, metavar="PATH", dest="json_path", help="write the result there")
    add("--quiet", action="store_true", help="print nothing but errors")
    run.set_defaults(command=_run)


def _run(options: argparse.Namespace) -> int:
    from kdengine.data import datasets

    def planned(teacher: config.TeacherConfig | None = None) -> plans.Plan:
        return plans.experiment(
            known.recipe(options.recipe),
            teacher=teacher,
            dataset=datasets.named(options.dataset),
            seed=options.seed,
            omitted_classes=arguments.omitted_digits(options.omit, options.keep),
            temperature=options.temperature,
            soft_weight=options.soft_weight,
            hard_weight=options.hard_weight,
            teacher_epochs=options.teacher_epochs,
            student_epochs=options.student_epochs,
            criterion=options.criterion,
            probe_size=options.probe_size,
            match=options.match,
            frequencies=arguments.frequencies(options.frequencies),
        )

    with arguments.usable():
        plan = planned()
        plan.check()
        _check_files(options)
    arguments.check_writable(options.json_path)
    from kdengine import pipeline

    arguments.check_device(options.device)
    own = []
    if options.teacher_file:
        like = config.TeacherConfig(epochs=1, dataset=plan.teacher.dataset)
        own.append(_examined(options, like))
        plan = planned(own[0].config)
    if options.student_file:
        own.append(_examined(options, plan.student))
        plan = replace(plan, student=own[-1].config)
    for network in own:  # only now: a student that is refused leaves no teacher behind
        pipeline.keep(network)
        if not options.quiet:
            print(network.told)
    with closing(terminal.Progress(quiet=options.quiet)) as progress:
        result = pipeline.run(
            plan,
            with_baseline=options.baseline,
            device=options.device,
            precision=options.precision,
            fresh=options.fresh,
            on_event=lambda event: _show(event, progress),
        )
    if options.json_path is not None:
        from kdengine.store import shapes

        shapes.write_json(options.json_path, result)
    if not options.quiet:
        print(result_table(result))
    return 0


def _check_files(options: argparse.Namespace) -> None:
    """Raise ValueError for options that say nothing of a network from a file, or of one alone."""
    from kdengine.store import adoption

    paths = {role: getattr(options, f"{role}_file") for role in ("teacher", "student")}
    given = {role: path for role, path in paths.items() if path}
    if options.baseline and options.student_file:
        raise ValueError(
            "--baseline trains the student's architecture as the student was, which is not known "
            "of --student-file; leave one of them out."
        )
    if (options.scaling or options.accept) and not given:
        raise ValueError("--scaling and --accept go with --teacher-file, --student-file.")
    if options.fresh and len(given) == len(paths):
        raise ValueError("--fresh trains anew, but both networks come from files; leave it out.")
    adoption.check_scaling(options.scaling)
    for role, path in given.items():
        if getattr(options, f"{role}_epochs") is not None:
            raise ValueError(
                f"--{role}-epochs is for a {role} that is trained, and --{role}-file takes one as "
                "it is; leave one of them out."
            )
        if not path.is_file():
            raise ValueError(f"{path} is no file; give one that holds the {role}'s weights.")


def _examined(options: argparse.Namespace, like: Any) -> Any:
    """Return the network in the file that is given for *like*; nothing is stored yet."""
    from kdengine import pipeline

    path: Path = getattr(options, f"{like.kind}_file")
    how = {"scaling": options.scaling, "accept": options.accept}
    with path.open("rb") as file:
        return pipeline.examine(path.name, file, like, **how)


def _show(event: dict[str, Any], progress: terminal.Progress) -> None:
    """Show an event of `pipeline.run`: which networks are stored, and every epoch."""
    if event["event"] == "plan":
        for network in event["networks"]:
            state = "stored" if network["stored"] else "to train"
            progress.say(f"{network['role']:<9} {network['key']}  {state}")
    elif event["event"] == "epoch":
        epoch, epochs, role = event["epoch"], event["epochs"], event["role"]
        if epoch == 1:
            progress.start(total=epochs, desc=role, unit="epoch")
        figures = f"loss {event['training_loss']:.4f}, test accuracy {event['accuracy']:.2%}"
        if event["omitted_accuracy"] is not None:
            figures += f", on omitted classes {event['omitted_accuracy']:.2%}"
        progress.step(f"{role:<9} {epoch:>3}/{epochs}  {figures}", figures)


def result_table(result: dict[str, Any]) -> str:
    """Return the result of `pipeline.run` as an aligned table."""
    offset, wall = result["offset"], result["wall_seconds"]
    networks = {
        "teacher": result["teacher"],
        "hard-label student": result["baseline"],
        "student": result["student_before"],
        "student with offset": result["student_after"] if offset else None,
    }
    rows = [["", "errors", "accuracy", "on omitted", "on others"]]
    for name, figures in networks.items():
        if figures is not None:
            rates = [figures[f"{part}accuracy"] for part in ("", "omitted_", "other_")]
            cells = ["–" if rate is None else f"{rate:.2%}" for rate in rates]
            rows.append([name, f"{figures['errors']:,}", *cells])
    parts = ", ".join(f"{name} {seconds:.1f}" for name, seconds in wall.items() if name != "total")
    lines = [terminal.aligned(rows), *([_offset_line(offset)] if offset else [])]
    return "\n".join([*lines, f"{wall['total']:.1f} s in all ({parts})"])


def _offset_line(offset: dict[str, Any]) -> str:
    """Return one line on the offset and the criterion that chose it."""
    values = offset["value"] if isinstance(offset["value"], list) else [offset["value"]]
    chosen = ", ".join(f"{value:+.3f}" for value in values)
    if len(values) > 1:
        chosen = f"on classes {','.join(map(str, offset['classes']))}: {chosen}"
    return f"offset {chosen} (criterion {offset['criterion']})"
