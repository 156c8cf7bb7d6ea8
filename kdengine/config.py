"""What a run is: one frozen dataclass for each kind of trained network, its checks and its key.

Owns the names and the limits of every parameter. Knows nothing of torch, files or recipes.
"""

import functools
import hashlib
import json
import math
import re
from collections.abc import Iterable
from dataclasses import MISSING, dataclass, fields
from typing import Annotated, Any, ClassVar, get_args, get_type_hints

import msgspec

FORMAT = 1
CLASSES = 10
DATASETS = ("mnist", "digits")
TRAIN_SIZES = {"mnist": 60_000, "digits": 1200}
TEST_SIZES = {"mnist": 10_000, "digits": 597}
MOST_IMAGES = 500_000  # of a split of any other set
LONGEST_NAME = 24  # of a set
# Another set is NAME-HASH, the first twelve digits of its SHA-256: changed files are another set.
SET_NAME = r"[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*"
_DATASET = re.compile(rf"{'|'.join(DATASETS)}|{SET_NAME}-[0-9a-f]{{12}}")
# SHA-256 of all labels as bytes, those of the training images first; of MNIST as published, of
# digits as `data.datasets` splits scikit-learn's.
LABELS_SHA256 = {
    "mnist": "671ff9d70b4811116d55c3dd479efa7a981e2e62753ef7a6d5c15fea81e63d27",
    "digits": "16fce66df0b817db3cbf3b4a72439d4c722dfb1185119d94b73fc24567a585bd",
}
SCHEDULES = ("constant", "one_cycle", "tenth_every_30")
OPTIMIZERS = ("adam", "adamw", "sgd")
INITIALISATIONS = ("pytorch", "he", "glorot", "normal-0.01")
ARCHITECTURES = ("mlp", "cnn", "cnn-strip")
SELECTIONS = ("all", "top-tenth", "other-nine-tenths", "not-called-omitted")
TARGET_CHANGES = ("none", "omitted-removed", "shuffled-in-class", "uniform-same-entropy")
DEVICES = ("auto", "cpu", "cuda", "mps")
PRECISIONS = ("auto", "fp32", "bf16")
_MOST_LAYERS = 8
_FORMS: dict[Any, str] = {  # what a field's value must be, in words
    bool: "true or false",
    int: "a whole number such as 10",
    float: "a number such as 1.0",
    tuple[int, ...]: "a list of whole numbers such as (3, 5)",
    str: "a text",
}
_NEWER = "a newer kdengine may have written it: update the project."


@dataclass(frozen=True)
class Limits:
    """What a number lies between, both ends included but for an *excluded* one."""

    low: float
    high: float
    excluded: float | None = None

    def __str__(self) -> str:
        """Return ``0 to 1000, 0 excluded``."""
        without = "" if self.excluded is None else f", {self.excluded:g} excluded"
        return f"{self.low:g} to {self.high:g}{without}"

    def check(self, name: str, value: float) -> None:
        """Raise ValueError unless *value* lies between them."""
        if not self.low <= value <= self.high or value == self.excluded:
            # A whole number may be too large for a float's format.
            raise ValueError(f"{name}={str(value)[:30]} is outside {self}; choose one inside.")


DIGIT = Limits(0, CLASSES - 1)
_Sizes = Annotated[tuple[int, ...], Limits(1, 10_000)]
_Classes = Annotated[tuple[int, ...], DIGIT]


@dataclass(frozen=True, kw_only=True)
class NetworkConfig:
    """What every trained network shares; the three kinds below add to it.

    Each field's annotation holds its limits, or the names it is one of.
    """

    epochs: Annotated[int, Limits(1, 10_000)]  # more are made if `minimum_steps` asks for them
    hidden_sizes: _Sizes  # units of each hidden ReLU layer, at most eight
    dataset: Annotated[str, _DATASET] = "mnist"
    # The experiment's seed; weights and shuffling derive theirs from it.
    seed: Annotated[int, Limits(0, 2**31 - 100)] = 0
    batch_size: Annotated[int, Limits(1, 100_000)] = 128
    # The constant rate, or the peak of the one-cycle schedule.
    learning_rate: Annotated[float, Limits(0.0, 10.0, excluded=0.0)] = 1e-3
    schedule: Annotated[str, SCHEDULES] = "constant"
    optimizer: Annotated[str, OPTIMIZERS] = "adam"
    # Decoupled (AdamW) or added to the gradient (the others).
    weight_decay: Annotated[float, Limits(0.0, 10.0)] = 0.0
    # Share of hidden units dropped after each hidden layer.
    dropout: Annotated[float, Limits(0.0, 0.95)] = 0.0
    # Each training image moves by up to this many pixels on each axis, anew every epoch.
    jitter_pixels: Annotated[int, Limits(0, 4)] = 0
    initialisation: Annotated[str, INITIALISATIONS] = "pytorch"
    # Floor on optimisation steps, so that a small dataset trains as long as it needs.
    minimum_steps: Annotated[int, Limits(0, 1_000_000)] = 0
    # Adam's decay of the squared gradients' mean; short trainings want it below 0.999.
    beta2: Annotated[float, Limits(0.5, 1.0, excluded=1.0)] = 0.999
    # Each training image is turned, slanted and resized by up to this much either way, anew every
    # epoch.
    rotation_degrees: Annotated[float, Limits(0.0, 45.0)] = 0.0
    shear_degrees: Annotated[float, Limits(0.0, 45.0)] = 0.0
    scale_share: Annotated[float, Limits(0.0, 0.5)] = 0.0
    # Each training image moves sideways by a whole number of pixels, the rounded share of its
    # width that is drawn within this limit either way; it goes with no other distortion.
    column_shift_share: Annotated[float, Limits(0.0, 0.25)] = 0.0
    frozen_distortions: bool = False  # distort the images once; each stays so all through
    # Distort them anew only every so many epochs, so that a teacher answers no oftener.
    distortion_epochs: Annotated[int, Limits(1, 10_000)] = 1
    # A smooth random field bends each training image: its 5×5 displacements are normal with this
    # standard deviation on each axis.
    elastic_pixels: Annotated[float, Limits(0.0, 4.0)] = 0.0
    # Pixels at each edge of an image that the network never looks at, so that it is smaller while
    # it trains; it is stored with weights of 0 for them.
    margin_pixels: Annotated[int, Limits(0, 10)] = 0
    shuffled: bool = True  # False: every epoch in the order of the training set
    normalised: bool = False  # grey values less MNIST's mean, over its deviation; else 0 to 1
    # Longest weight vector into a hidden unit, kept after every step; 0 for no limit.
    max_norm: Annotated[float, Limits(0.0, 1000.0)] = 0.0
    # Output bias of the *initial_bias_classes* before the first step.
    initial_bias: Annotated[float, Limits(-100.0, 100.0)] = 0.0
    initial_bias_classes: _Classes = ()
    omitted_classes: _Classes = ()  # digits that the network never sees; not all ten
    # Of a network that came in a file, `nets.foreign.fingerprint` of its weights. How it was
    # trained is not known; it counts as one epoch.
    source: str = ""

    kind: ClassVar[str] = ""

    def __post_init__(self) -> None:
        """Normalise numbers and check every field, then what some must be to each other."""
        for field in fields(self):
            value = checked(type(self), field.name, getattr(self, field.name))
            object.__setattr__(self, field.name, value)
        check_omitted(self.omitted_classes)
        if not re.fullmatch("([0-9a-f]{16})?", self.source):
            raise ValueError(f"source={self.source[:30]!r} is not sixteen hexadecimal digits.")
        if self.initial_bias and not self.initial_bias_classes:
            raise ValueError(
                f"initial_bias={self.initial_bias:g} is given to no class; name some in "
                "initial_bias_classes, such as (3,), or leave it at 0."
            )
        if self.column_shift_share and (self.jitter_pixels or bends(self)):
            raise ValueError(
                f"column_shift_share={self.column_shift_share:g} goes with no other distortion; "
                "set jitter_pixels, rotation_degrees, shear_degrees, scale_share and "
                "elastic_pixels to 0."
            )
        if self.frozen_distortions and self.distortion_epochs > 1:
            raise ValueError(
                f"frozen_distortions distorts once and for all, distortion_epochs="
                f"{self.distortion_epochs} anew; set one of the two."
            )
        if len(self.hidden_sizes) > _MOST_LAYERS:
            raise ValueError(
                f"hidden_sizes has {len(self.hidden_sizes)} layers; at most {_MOST_LAYERS} are "
                "allowed."
            )


@dataclass(frozen=True, kw_only=True)
class TeacherConfig(NetworkConfig):
    """A network trained on the hard labels of all training images."""

    hidden_sizes: _Sizes = (1200, 1200)
    # Share of each hard label that is spread evenly over all classes.
    label_smoothing: Annotated[float, Limits(0.0, 0.5)] = 0.0
    # All but "mlp" put convolutions before the hidden layers.
    architecture: Annotated[str, ARCHITECTURES] = "mlp"
    # Networks in the ensemble, whose logits are averaged; each learns by itself.
    members: Annotated[int, Limits(1, 10)] = 1
    kind: ClassVar[str] = "teacher"

    def __post_init__(self) -> None:
        """Check the margin beside what all networks share."""
        super().__post_init__()
        if self.margin_pixels and self.architecture != "mlp":
            raise ValueError(
                f"margin_pixels={self.margin_pixels} goes with architecture 'mlp' alone: a "
                f"convolution looks at the whole image; set it to 0."
            )


@dataclass(frozen=True, kw_only=True)
class BaselineConfig(NetworkConfig):
    """The student's architecture, trained on the hard labels of its transfer set."""

    hidden_sizes: _Sizes = (800, 800)
    omitted_classes: _Classes = (3,)
    kind: ClassVar[str] = "baseline"


@dataclass(frozen=True, kw_only=True)
class StudentConfig(NetworkConfig):
    """A network distilled from a teacher on a transfer set."""

    teacher: str  # key of the teacher's run, of the same dataset; a key tells both
    hidden_sizes: _Sizes = (800, 800)
    omitted_classes: _Classes = (3,)
    # T of the soft targets and of the student while it trains.
    temperature: Annotated[float, Limits(0.0, 1000.0, excluded=0.0)] = 20.0
    # Factors of the two terms of the loss; not both 0.
    soft_weight: Annotated[float, Limits(0.0, 1000.0)] = 1.0
    hard_weight: Annotated[float, Limits(0.0, 1000.0)] = 0.0
    scale_soft_by_t2: bool = True  # multiply the soft term by T²
    transfer_size: int = 0  # images in the transfer set, drawn by the seed; 0 for all there are
    # Which images stay, by what the teacher says of the omitted classes.
    selection: Annotated[str, SELECTIONS] = "all"
    # What is done to the soft targets before the student learns them.
    target_change: Annotated[str, TARGET_CHANGES] = "none"
    # T of the soft targets if it is not that of the student; 0 for the same.
    target_temperature: Annotated[float, Limits(0.0, 1000.0)] = 0.0
    kind: ClassVar[str] = "student"

    def __post_init__(self) -> None:
        """Check the teacher, the loss and the transfer set beside what all networks share."""
        super().__post_init__()
        kind, dataset = kind_and_dataset(self.teacher)
        if (kind, dataset) != (TeacherConfig.kind, self.dataset):
            raise ValueError(
                f"teacher={self.teacher} is a {kind} of {dataset}; a student of {self.dataset} "
                f"learns from a teacher of {self.dataset}, whose key starts with "
                f"{TeacherConfig.kind}-{self.dataset}-."
            )
        if self.soft_weight == self.hard_weight == 0.0:
            raise ValueError(
                "soft_weight and hard_weight are both 0, so there is nothing to learn from; "
                "set one above 0."
            )
        Limits(0, TRAIN_SIZES.get(self.dataset, MOST_IMAGES)).check(
            "transfer_size", self.transfer_size
        )
        needs_omission = self.selection != "all" or self.target_change == "omitted-removed"
        if needs_omission and not self.omitted_classes:
            raise ValueError(
                f"selection={self.selection!r} and target_change={self.target_change!r} go by the "
                "omitted classes, but none is omitted; omit one, such as 3."
            )


RunConfig = TeacherConfig | StudentConfig | BaselineConfig
_KINDS: dict[str, type[TeacherConfig] | type[StudentConfig] | type[BaselineConfig]] = {
    config.kind: config for config in (TeacherConfig, StudentConfig, BaselineConfig)
}

KEY_PATTERN = rf"(?!.{{81}})({'|'.join(_KINDS)})-({_DATASET.pattern})(-[A-Za-z0-9]+){{3}}"


def kind_and_dataset(key: str) -> tuple[str, str]:
    """Return of which kind and data set a run is, by its key; ValueError if it is none."""
    kind, dataset = check_key(key).rsplit("-", 3)[0].split("-", 1)
    return kind, dataset


def set_name(dataset: str) -> str:
    """Return the name of a set as its folder has it: without the SHA-256 in a configuration's."""
    return dataset if dataset in DATASETS else re.sub("-[0-9a-f]{12}$", "", dataset)


def other_classes(omitted: Iterable[int], classes: int = 10) -> list[int]:
    """Return the classes that are not among *omitted*."""
    left_out = set(omitted)
    return [digit for digit in range(classes) if digit not in left_out]


def planned_epochs(config: NetworkConfig, images: int) -> int:
    """Return how many epochs are made on that many *images*: the floor on steps included."""
    steps_per_epoch = math.ceil(images / config.batch_size)
    return max(config.epochs, math.ceil(config.minimum_steps / steps_per_epoch))


def bends(config: NetworkConfig) -> bool:
    """Return whether images are turned, scaled, sheared or bent, beyond being moved."""
    affine = config.rotation_degrees or config.scale_share or config.shear_degrees
    return bool(affine or config.elastic_pixels)


def distorts(config: NetworkConfig) -> bool:
    """Return whether *config* shows anything but the images themselves."""
    return bool(config.jitter_pixels or config.column_shift_share or bends(config))


def distorted_sets(config: NetworkConfig, epochs: int) -> int:
    """Return how many times over the images are distorted in so many *epochs*."""
    return math.ceil(epochs / (epochs if config.frozen_distortions else config.distortion_epochs))


def on_hard_labels(student: StudentConfig) -> BaselineConfig:
    """Return the baseline that differs from *student* in nothing but its hard labels."""
    shared = {field.name: getattr(student, field.name) for field in fields(NetworkConfig)}
    return BaselineConfig(**shared | {"source": ""})


def run_key(config: RunConfig) -> str:
    """Return the name of *config*'s run, ``<kind>-<dataset>-<left out>-seed<N>-<hash>``.

    The hash leaves out fields that hold their default, so a field added later with a default
    that means "as before" changes no old key.
    """
    distinct = {
        field.name: getattr(config, field.name)
        for field in fields(config)
        if field.default is MISSING or getattr(config, field.name) != field.default
    }
    canonical = json.dumps({"kind": config.kind, **distinct}, sort_keys=True)
    digest = hashlib.sha256(canonical.encode()).hexdigest()[:8]
    left_out = _left_out_name(config.omitted_classes)
    return f"{config.kind}-{config.dataset}-{left_out}-seed{config.seed}-{digest}"


def to_dict(config: RunConfig) -> dict[str, Any]:
    """Return *config* as plain JSON values, with its kind and the format number."""
    values = {field.name: getattr(config, field.name) for field in fields(config)}
    listed = {name: list(v) if isinstance(v, tuple) else v for name, v in values.items()}
    return {"format": FORMAT, "kind": config.kind, **listed}


def from_dict(record: object) -> RunConfig:
    """Rebuild a configuration from `to_dict`'s record.

    ValueError for another format or kind, an unknown or missing field, a value outside its limits.
    """
    if not isinstance(record, dict):
        raise ValueError(f"a configuration is a JSON object, not {type(record).__name__}.")
    values = dict(record)
    written, kind = values.pop("format", None), values.pop("kind", None)
    known = type(written) is int and 1 <= written <= FORMAT and isinstance(kind, str)
    if not known or kind not in _KINDS:
        raise ValueError(
            f"format {written!r} of kind {kind!r} is not known (known: format 1 to {FORMAT} of "
            f"{', '.join(_KINDS)}); {_NEWER}"
        )
    try:
        return _KINDS[kind](**values)
    except TypeError as error:
        raise ValueError(f"no {kind}'s configuration ({error}); {_NEWER}") from error


def check_key(key: object) -> str:
    """Return *key* if it has the form of a run key, as no path has; raise ValueError otherwise."""
    if isinstance(key, str) and re.fullmatch(KEY_PATTERN, key):
        return key
    raise ValueError(
        f"{str(key)[:60]!r} is not a run key such as student-mnist-omit3-seed0-1f3a9c2e; "
        "`python -m kdengine list` shows the stored ones."
    )


def check_omitted(classes: object) -> tuple[int, ...]:
    """Return omitted *classes* sorted, each once; ValueError if one is no digit or none is left."""
    omitted: tuple[int, ...] = checked(StudentConfig, "omitted_classes", classes)
    if len(omitted) == CLASSES:
        raise ValueError("all ten classes are omitted, so the transfer set is empty; keep one.")
    return omitted


def checked(kind: type[NetworkConfig], name: str, value: Any) -> Any:
    """Return *value* as the field *name* of a *kind* keeps it; ValueError if it may not."""
    form, allowed = declared(kind)[name]  # type: ignore[arg-type]  # a class is hashable
    try:
        # No text counts as a number, nor does true; a whole number may stand for a float.
        value = msgspec.convert(value, form)
    except (msgspec.ValidationError, OverflowError) as error:
        raise ValueError(f"{name}={repr(value)[:30]} is not {_FORMS[form]}.") from error
    if isinstance(allowed, re.Pattern) and not allowed.fullmatch(value):
        raise ValueError(
            f"{name}={value[:60]!r} is not one of {', '.join(DATASETS)}, nor another set with its "
            "SHA-256; `python -m kdengine data` lists those that are here."
        )
    if isinstance(allowed, tuple) and value not in allowed:
        raise ValueError(f"{name}={value!r} is not one of {', '.join(allowed)}; choose one.")
    if isinstance(allowed, Limits):
        for number in value if isinstance(value, tuple) else (value,):
            allowed.check(name, number)
    return tuple(sorted(set(value))) if allowed is DIGIT else value


@functools.cache
def declared(kind: Any) -> dict[str, tuple[Any, Any]]:
    """Return each field's type and its `Limits`, or the names it is one of; None for neither."""
    hints = get_type_hints(kind, include_extras=True)
    return {f.name: get_args(hints[f.name]) or (hints[f.name], None) for f in fields(kind)}


def _left_out_name(omitted: tuple[int, ...]) -> str:
    """Return ``all``, ``omit3`` or, when most digits are left out, ``keep78``."""
    if not omitted:
        return "all"
    if len(omitted) <= CLASSES // 2:
        return "omit" + "".join(map(str, omitted))
    return "keep" + "".join(map(str, other_classes(omitted)))
