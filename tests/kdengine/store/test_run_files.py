"""A stored run comes back as it went in; a damaged one is refused with what is wrong."""

import json
from dataclasses import replace

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings

from kdengine.config import BaselineConfig, TeacherConfig, run_key
from kdengine.store import runs as store
from kdengine.store.run_files import FILES, RunDamaged, check_run
from tests.kdengine import tiny_runs
from tests.kdengine.tiny_runs import DELETE, KEY, edit_json, edit_tensors, replace_file

CONFIG, METRICS, WEIGHTS, LOGITS, REPLAY = FILES
NEIGHBOUR = replace(tiny_runs.STUDENT, seed=1)


@pytest.fixture
def folder(empty_store):
    """Return the folder of a stored tiny student; another one lies beside it."""
    tiny_runs.save(NEIGHBOUR, seed=1)
    return tiny_runs.folder_of(tiny_runs.save())


@pytest.mark.parametrize(
    "config",
    [
        tiny_runs.STUDENT,
        replace(tiny_runs.STUDENT, omitted_classes=()),
        replace(tiny_runs.STUDENT, omitted_classes=(3, 7), hidden_sizes=(5, 6)),
        TeacherConfig(dataset="digits", epochs=2, hidden_sizes=(4,)),
        BaselineConfig(dataset="digits", epochs=2, hidden_sizes=()),
    ],
    ids=run_key,
)
def test_what_is_saved_comes_back(config, empty_store):
    given_parts = tiny_runs.parts(config)
    key = tiny_runs.save(config)
    run = store.load(key)
    assert (run.key, run.config) == (key, config)
    for name, array in given_parts["logits"].items():
        found = getattr(run, name)
        assert found.dtype == (np.float32 if name.endswith("logits") else np.uint8)
        np.testing.assert_array_equal(found, array)
        assert not found.flags.writeable
    for name, value in given_parts["metrics"].items():
        assert run.metrics[name] == value, name
    weights = store.load_weights(key)
    assert weights.keys() == given_parts["weights"].keys()
    for name, array in given_parts["weights"].items():
        assert weights[name].dtype == np.float32
        np.testing.assert_array_equal(weights[name], array.astype(np.float16))
    replay = store.load_replay(key)
    if given_parts["replay"] is None:
        assert replay is None
    else:
        np.testing.assert_array_equal(replay, given_parts["replay"])
        assert not replay.flags.writeable


def test_the_files_are_those_documented_and_name_nobody(folder):
    assert {path.name for path in folder.iterdir()} == set(FILES)
    metrics = json.loads((folder / METRICS).read_text())
    assert metrics["format"] == json.loads((folder / CONFIG).read_text())["format"] == 1
    assert metrics["tensor_sha256"].keys() == {WEIGHTS, LOGITS, REPLAY}


def flip(name, position):
    """Return damage that changes one bit of a file."""

    def damage(folder):
        content = bytearray((folder / name).read_bytes())
        content[position] ^= 1
        (folder / name).write_bytes(bytes(content))

    return damage


def truncate(name, share=0.5):
    """Return damage that cuts a file off."""

    def damage(folder):
        content = (folder / name).read_bytes()
        (folder / name).write_bytes(content[: int(len(content) * share)])

    return damage


def swap(name):
    """Return damage that puts another run's file in the place of this one's."""

    def damage(folder):
        other = tiny_runs.folder_of(run_key(NEIGHBOUR)) / name
        (folder / name).write_bytes(other.read_bytes())

    return damage


def json_file(name, **changed):
    """Return damage that sets entries of a JSON file."""
    return lambda folder: edit_json(folder / name, **changed)


def text(name, content):
    """Return damage that replaces a file's text."""
    return lambda folder: (folder / name).write_text(content)


def replaced_text(name, old, new):
    """Return damage that replaces a piece of a file's text."""

    def damage(folder):
        content = (folder / name).read_text()
        assert old in content
        (folder / name).write_text(content.replace(old, new, 1))

    return damage


def tensors(name, change):
    """Return damage that changes tensors and makes the hash agree."""
    return lambda folder: edit_tensors(folder, name, change)


def content(name, made):
    """Return damage that replaces a tensor file's bytes and makes the hash agree."""
    return lambda folder: replace_file(folder, name, made((folder / name).read_bytes()))


def remove(name):
    """Return damage that takes a file away."""
    return lambda folder: (folder / name).unlink()


def put(name, value, at=0):
    """Return a change of one element of a tensor."""
    return lambda tensors: tensors[name].reshape(-1).__setitem__(at, value)


def as_type(name, dtype):
    """Return a change of a tensor's type."""
    return lambda tensors: tensors.__setitem__(name, tensors[name].astype(dtype))


def cut(name, index):
    """Return a change that keeps a part of a tensor."""
    return lambda tensors: tensors.__setitem__(name, np.ascontiguousarray(tensors[name][index]))


def another_network(tensors):
    """Give the weights of a network with five hidden units."""
    other = tiny_runs.parts(replace(tiny_runs.STUDENT, hidden_sizes=(5,)))["weights"]
    tensors.update({name: array.astype(np.float16) for name, array in other.items()})


def renamed(tensors):
    """Give the right shapes under names that no network has."""
    for name in list(tensors):
        tensors[name.replace("layers", "network")] = tensors.pop(name)


def altered_counts(folder):
    """Move one image from one cell of the confusion matrix to another."""
    confusion = json.loads((folder / METRICS).read_text())["confusion"]
    counted = max(range(10), key=lambda answer: confusion[3][answer])
    confusion[3][counted] -= 1
    confusion[3][counted - 1] += 1
    edit_json(folder / METRICS, confusion=confusion)


def altered_epoch(**changed):
    """Return damage to the first epoch of the history."""

    def damage(folder):
        history = json.loads((folder / METRICS).read_text())["history"]
        history[0].update(changed)
        history[0] = {k: v for k, v in history[0].items() if v is not DELETE}
        edit_json(folder / METRICS, history=history)

    return damage


DAMAGE_TO_JSON = {
    "no metrics": (remove(METRICS), "metrics.json: cannot be read"),
    "metrics cut off": (truncate(METRICS), "metrics.json"),
    "configuration cut off": (truncate(CONFIG), "config.json"),
    "empty configuration": (text(CONFIG, ""), "config.json"),
    "another run's configuration": (swap(CONFIG), f"describes {run_key(NEIGHBOUR)}"),
    "unknown format": (json_file(CONFIG, format=2), "update the project"),
    "no format": (json_file(CONFIG, format=DELETE), "format None of kind .student. is not known"),
    "unknown kind": (json_file(CONFIG, kind="ensemble"), "teacher, student, baseline"),
    "kind that is a list": (json_file(CONFIG, kind=[]), "teacher, student, baseline"),
    "unknown field": (json_file(CONFIG, warp_factor=9.0), "unexpected keyword argument"),
    "field missing": (json_file(CONFIG, teacher=DELETE), "missing 1 required"),
    "value outside its limits": (json_file(CONFIG, temperature=-1.0), "temperature=-1"),
    "another value": (json_file(CONFIG, temperature=4.0), "config.json describes"),
    "NaN": (replaced_text(CONFIG, "20.0", "NaN"), "config.json: not read as strict JSON"),
    "infinity": (replaced_text(METRICS, "1.5", "Infinity"), "metrics.json: not read as strict"),
    "number beyond floats": (replaced_text(METRICS, "1.5", "1e999"), "out of range"),
    "whole number beyond floats": (json_file(METRICS, wall_seconds=10**400), "wall_seconds"),
    "list for an object": (text(CONFIG, "[]"), "Expected `object`, got `array`"),
    "list for metrics": (text(METRICS, "[]"), "Expected `object`, got `array`"),
    "not UTF-8": (lambda f: (f / METRICS).write_bytes(b'{"a": "\xff"}'), "metrics.json"),
    "nested without end": (text(METRICS, "[" * 100_000), "metrics.json: nested too deeply"),
    "huge JSON": (text(METRICS, '"' + "a" * 5_000_001 + '"'), "larger than 5 MB"),
    "huge configuration": (text(CONFIG, " " * 5_000_001), "larger than 5 MB"),
    "no hashes": (json_file(METRICS, tensor_sha256={}), "no SHA-256"),
    "hash that is none": (
        json_file(METRICS, tensor_sha256={WEIGHTS: 0, LOGITS: "0"}),
        r"sha256\[...\]",
    ),
    "hash of a stray file": (
        json_file(METRICS, tensor_sha256={WEIGHTS: "0", LOGITS: "0", "../../etc/passwd": "0"}),
        "no SHA-256",
    ),
    "no history": (json_file(METRICS, history=None), "history"),
    "history without a loss": (
        altered_epoch(training_loss=DELETE),
        r"`training_loss` - at `\$.history\[0\]`",
    ),
    "loss that is text": (altered_epoch(test_loss="low"), r"history\[0\].test_loss"),
    "accuracy that is true": (altered_epoch(accuracy=True), r"history\[0\].accuracy"),
    "nine classes": (altered_epoch(per_class_accuracy=[0.5] * 9), r"length >= 10 - at `\$.history"),
    "no classes": (altered_epoch(per_class_accuracy=None), "history"),
    "rate that is text": (altered_epoch(omitted_accuracy="all"), r"history\[0\].omitted"),
    "no counts": (json_file(METRICS, confusion=DELETE), "field `confusion`"),
    "no size": (json_file(METRICS, parameters="many"), r"\$.parameters"),
    "no recipe": (json_file(METRICS, recipe=None), r"\$.recipe"),
    "no environment": (json_file(METRICS, environment=DELETE), "field `environment`"),
    "no data hash": (json_file(METRICS, data_sha256=7), r"\$.data_sha256"),
    "no split sizes": (json_file(METRICS, split_sizes=None), r"\$.split_sizes"),
}
DAMAGE_TO_LOGITS = {
    "logits missing": (remove(LOGITS), "logits.safetensors"),
    "logits cut off": (truncate(LOGITS), "SHA-256"),
    "logits with one bit wrong": (flip(LOGITS, -1), "SHA-256"),
    "another run's logits": (swap(LOGITS), "SHA-256"),
    "logits altered": (
        tensors(LOGITS, lambda t: t.update(test_logits=t["test_logits"][::-1].copy())),
        "counts",
    ),
    "counts altered": (altered_counts, "counts in metrics.json"),
    "counts that are none": (json_file(METRICS, confusion=[["many"]] * 10), "confusion"),
    "logits that are no safetensors": (content(LOGITS, lambda old: b"banana"), "readable"),
    "empty logits": (content(LOGITS, lambda old: b""), "readable"),
    "logits cut off, hash agrees": (content(LOGITS, lambda old: old[:-8]), "readable"),
    "header without end": (content(LOGITS, lambda old: b"\xff" * 8 + old[8:]), "readable"),
    "NaN logit": (tensors(LOGITS, put("test_logits", np.nan)), "out of range"),
    "infinite logit": (tensors(LOGITS, put("train_logits", np.inf)), "out of range"),
    "label 10": (tensors(LOGITS, put("train_labels", 10)), "digit as uint8 label"),
    "label 255": (tensors(LOGITS, put("test_labels", 255)), "digit as uint8 label"),
    "eleven classes": (
        tensors(LOGITS, lambda t: t.update(test_logits=np.zeros((30, 11), np.float32))),
        "shape",
    ),
    "nine classes": (tensors(LOGITS, cut("test_logits", (slice(None), slice(9)))), "shape"),
    "flat logits": (tensors(LOGITS, lambda t: t.update(test_logits=np.zeros(30, "f4"))), "shape"),
    "a logit row too few": (tensors(LOGITS, cut("test_logits", slice(29))), "digit as uint8 label"),
    "a label too few": (tensors(LOGITS, cut("train_labels", slice(19))), "digit as uint8 label"),
    "labels as a table": (
        tensors(LOGITS, lambda t: t.update(test_labels=np.zeros((30, 1), np.uint8))),
        "digit as uint8 label",
    ),
    "no images": (
        tensors(
            LOGITS,
            lambda t: t.update(
                test_logits=np.zeros((0, 10), np.float32), test_labels=np.zeros(0, np.uint8)
            ),
        ),
        "digit as uint8 label",
    ),
    "float64 logits": (tensors(LOGITS, as_type("test_logits", np.float64)), "float32"),
    "signed labels": (tensors(LOGITS, as_type("test_labels", np.int8)), "digit as uint8 label"),
    "split missing": (tensors(LOGITS, lambda t: t.pop("train_logits")), "holds"),
    "tensor too many": (tensors(LOGITS, lambda t: t.update(more=np.zeros(1))), "holds"),
}
DAMAGE_TO_WEIGHTS = {
    "weights missing": (remove(WEIGHTS), "weights.safetensors cannot be read"),
    "weights with one bit wrong": (flip(WEIGHTS, -1), "SHA-256"),
    "another run's weights": (swap(WEIGHTS), "SHA-256"),
    "weights cut off": (truncate(WEIGHTS, 0.9), "SHA-256"),
    "another network's weights": (tensors(WEIGHTS, another_network), r"sizes \[784, 4, 10\]"),
    "other names": (tensors(WEIGHTS, renamed), "sizes"),
    "a layer missing": (tensors(WEIGHTS, lambda t: t.pop("layers.2.bias")), "sizes"),
    "a layer too many": (tensors(WEIGHTS, lambda t: t.update(extra=np.zeros(4, "f2"))), "sizes"),
    "transposed": (
        tensors(WEIGHTS, lambda t: t.update({"layers.2.weight": np.zeros((4, 10), "f2")})),
        "sizes",
    ),
    "NaN weight": (tensors(WEIGHTS, put("layers.0.weight", np.nan)), "finite in float16"),
    "infinite weight": (tensors(WEIGHTS, put("layers.2.bias", np.inf)), "finite in float16"),
}
DAMAGE_TO_REPLAY = {
    "replay missing": (remove(REPLAY), "replay.safetensors cannot be read"),
    "replay with one bit wrong": (flip(REPLAY, -1), "SHA-256"),
    "another run's replay": (swap(REPLAY), "SHA-256"),
    "an epoch too few": (tensors(REPLAY, cut("logits", slice(1))), r"shape \(2, 3, 10\)"),
    "an image too few": (tensors(REPLAY, cut("logits", (slice(None), slice(2)))), "shape"),
    "nine classes": (
        tensors(REPLAY, cut("logits", (slice(None), slice(None), slice(9)))),
        "shape",
    ),
    "flat": (tensors(REPLAY, lambda t: t.update(logits=np.zeros(60, "f2"))), "shape"),
    "float32": (tensors(REPLAY, as_type("logits", np.float32)), "float16"),
    "other name": (tensors(REPLAY, lambda t: t.update(answers=t.pop("logits"))), "shape"),
    "NaN": (tensors(REPLAY, put("logits", np.nan)), "no finite float16 logits"),
}


def damages(*tables):
    """Return (damage, message) parameters with their names."""
    return [
        pytest.param(damage, message, id=name)
        for table in tables
        for name, (damage, message) in table.items()
    ]


def assert_refused(load, message):
    """The error names the run, what is wrong and what to do."""
    with pytest.raises(RunDamaged, match=message) as caught:
        load(KEY)
    assert f"the run {KEY} cannot be used" in str(caught.value)
    assert "python -m kdengine run --fresh" in str(caught.value)
    assert len(str(caught.value)) < 500


def assert_neighbour_is_whole():
    """Damage to one run is no damage to another."""
    check_run(store.find(run_key(NEIGHBOUR)), run_key(NEIGHBOUR))


@pytest.mark.parametrize(("damage", "message"), damages(DAMAGE_TO_JSON))
def test_a_run_with_damaged_json_is_refused_and_listed_as_such(folder, damage, message):
    damage(folder)
    for load in (store.load, store.load_weights, store.load_replay):
        assert_refused(load, message)
    problems = {entry.key: entry.problem for entry in store.list_runs()}
    assert problems[run_key(NEIGHBOUR)] is None
    assert f"the run {KEY} cannot be used" in problems[KEY] and ".. " not in problems[KEY]
    assert_neighbour_is_whole()


@pytest.mark.parametrize(("damage", "message"), damages(DAMAGE_TO_LOGITS))
def test_a_run_with_damaged_logits_is_refused(folder, damage, message):
    damage(folder)
    assert_refused(store.load, message)
    assert_refused(lambda key: check_run(store.find(key), key), message)
    assert_neighbour_is_whole()


@pytest.mark.parametrize(("damage", "message"), damages(DAMAGE_TO_WEIGHTS))
def test_damaged_weights_are_refused_and_the_figures_are_still_to_be_had(folder, damage, message):
    damage(folder)
    assert_refused(store.load_weights, message)
    assert_refused(lambda key: check_run(store.find(key), key), message)
    assert len(store.load(KEY).test_logits) == 30


@pytest.mark.parametrize(("damage", "message"), damages(DAMAGE_TO_REPLAY))
def test_a_damaged_replay_is_refused_and_the_figures_are_still_to_be_had(folder, damage, message):
    damage(folder)
    assert_refused(store.load_replay, message)
    assert_refused(lambda key: check_run(store.find(key), key), message)
    assert len(store.load(KEY).test_logits) == 30


@pytest.mark.parametrize("name", [WEIGHTS, LOGITS, REPLAY])
def test_a_missing_tensor_file_shows_in_the_list(folder, name):
    (folder / name).unlink()
    problems = {entry.key: entry.problem for entry in store.list_runs()}
    assert f"{name} is missing" in problems[KEY]
    assert problems[run_key(NEIGHBOUR)] is None


def test_a_folder_under_another_runs_name_is_refused(folder):
    other = replace(tiny_runs.STUDENT, seed=5)
    folder.rename(tiny_runs.folder_of(run_key(other)))
    with pytest.raises(RunDamaged, match=f"describes {KEY}, not {run_key(other)}"):
        store.load(run_key(other))


def test_a_run_without_configuration_is_not_there_but_is_listed(folder):
    (folder / CONFIG).unlink()
    assert not store.exists(KEY)
    problems = {entry.key: entry.problem for entry in store.list_runs()}
    assert "config.json: cannot be read" in problems[KEY]


def test_a_tensor_file_beyond_the_limit_is_not_read(folder):
    with (folder / WEIGHTS).open("r+b") as file:
        file.truncate(201 * 2**20)  # sparse: it takes no room
    with pytest.raises(RunDamaged, match="larger than 1 MiB"):
        store.load_weights(KEY)


@pytest.mark.parametrize("name", [CONFIG, METRICS, WEIGHTS, LOGITS, REPLAY])
def test_a_folder_in_a_files_place_is_refused(folder, name):
    (folder / name).unlink()
    (folder / name).mkdir()
    with pytest.raises((RunDamaged, store.RunNotFound)):
        store.load_weights(KEY)
        store.load_replay(KEY)


quick = settings(
    max_examples=120,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def load_everything():
    """Load all parts of the tiny run; return whether anything was refused."""
    refused = False
    for load in (store.load, store.load_weights, store.load_replay):
        try:
            load(KEY)
        except (RunDamaged, store.RunNotFound):
            refused = True
    store.list_runs()
    return refused


@quick
@given(name=st.sampled_from(FILES), where=st.floats(0, 1), bits=st.integers(1, 255))
def test_whatever_byte_is_wrong_the_answer_is_a_message(folder, name, where, bits):
    original = (folder / name).read_bytes()
    changed = bytearray(original)
    changed[int(where * (len(original) - 1))] ^= bits
    try:
        (folder / name).write_bytes(bytes(changed))
        refused = load_everything()
        assert refused or name == METRICS or json_equal(original, bytes(changed))
    finally:
        (folder / name).write_bytes(original)


def json_equal(first: bytes, second: bytes) -> bool:
    """Return whether two files hold the same JSON: white space may differ."""
    try:
        return json.loads(first) == json.loads(second)
    except ValueError:
        return False


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5) | st.just(10**400),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=4,
)  # fmt: skip
FIELDS = [(CONFIG, name) for name in ("format", "kind", "seed", "hidden_sizes", "temperature")]
FIELDS += [(CONFIG, name) for name in ("omitted_classes", "teacher", "dataset", "dropout")]
FIELDS += [(METRICS, name) for name in ("tensor_sha256", "history", "confusion", "parameters")]
FIELDS += [(METRICS, name) for name in ("environment", "recipe", "split_sizes", "wall_seconds")]


@quick
@given(field=st.sampled_from(FIELDS), value=json_values)
@example(field=(CONFIG, "kind"), value=["student"])
@example(field=(METRICS, "history"), value=[{}])
def test_whatever_a_field_holds_the_answer_is_a_message(folder, field, value):
    name, entry = field
    original = (folder / name).read_bytes()
    try:
        edit_json(folder / name, **{entry: value})
        load_everything()
    finally:
        (folder / name).write_bytes(original)
