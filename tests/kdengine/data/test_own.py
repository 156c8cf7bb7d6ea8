"""Sets of one's own: what is found and read, and how each wrong file is told."""

import gzip
import hashlib
import io
import struct
import zipfile

import numpy as np
import pytest

from kdengine import config
from kdengine.data import datasets, own
from kdengine.data.mnist_files import DataCorrupt, DataMissing
from tests.kdengine.data import tiny_set
from tests.kdengine.data.tiny_mnist import idx


@pytest.fixture
def data(tmp_path, monkeypatch):
    """Return an empty data folder."""
    monkeypatch.setenv("KDENGINE_DATA_DIR", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize(
    "names",
    [
        tiny_set.NAMES,
        ("train-images.idx3-ubyte", "train-labels.idx1-ubyte", "t10k-images.idx3-ubyte")
        + ("t10k-labels.idx1-ubyte",),
        tuple(f"raw/{name}" for name in tiny_set.NAMES),
        ("train-images.idx3", "train-labels.IDX1", "test-images.idx3", "test-labels.idx1"),
        ("Train-pictures", "train.labels", "test.pictures", "TEST.bin"),
        tuple(
            f"emnist-digits-{split}-{kind}-ubyte"
            for split in ("train", "test")
            for kind in ("images-idx3", "labels-idx1")
        ),
    ],
)
def test_idx_files_are_read_under_any_usual_name(data, names, packed):
    made = tiny_set.arrays()
    tiny_set.write_idx(data / "things", made, names, packed=packed)
    loaded = datasets.load("things")
    for given, read in zip(
        made.values(),
        (loaded.train_images, loaded.train_labels, loaded.test_images, loaded.test_labels),
        strict=True,
    ):
        np.testing.assert_array_equal(read, given)
    assert loaded.train_labels.dtype == np.int64 and "things" in own.names()
    with pytest.raises(ValueError, match="read-only"):
        loaded.train_images[0] = 0


def test_plain_files_beside_their_archives_are_one_set(data):
    made = tiny_set.arrays()
    tiny_set.write_idx(data / "things", made)
    tiny_set.write_idx(data / "things", made, packed=False)
    assert len(datasets.load("things").test_labels) == 100


@pytest.mark.parametrize("suffix", ["NPZ", "GZ"])
def test_a_suffix_may_be_large(data, suffix):
    if suffix == "NPZ":
        tiny_set.write_npz(data / "things", tiny_set.arrays())
    else:
        tiny_set.write_idx(
            data / "things", tiny_set.arrays(), ("train", "train-l", "test", "test-l")
        )
    for path in (data / "things").glob(f"*.{suffix.lower()}"):
        path.rename(path.with_suffix(f".{suffix}"))
    assert len(datasets.load("things").test_labels) == 100 and "things" in own.names()


def test_a_file_that_only_sounds_like_one_of_a_set_makes_none(data):
    (data / "project").mkdir()
    (data / "project" / "test_network.py").write_text("import train")
    (data / "project" / "training.log").write_bytes(b"\0\0\x07\x03" + bytes(100))
    assert "project" not in own.names()


def test_an_npz_gives_the_same_set_as_the_files_and_its_name_tells_the_content(data):
    made = tiny_set.arrays()
    tiny_set.write_npz(data / "things", made)
    tiny_set.write_idx(data / "others", made)
    things, others = datasets.load("things"), datasets.load("others")
    digest = hashlib.sha256()
    for name in ("x_train", "y_train", "x_test", "y_test"):
        kind = np.uint8 if name.startswith("x") else np.int64
        digest.update(np.ascontiguousarray(made[name], kind).tobytes())
    assert things.sha256 == others.sha256 == digest.hexdigest()
    assert things.name == datasets.named("things") == f"things-{digest.hexdigest()[:12]}"
    assert datasets.load(things.name) is things


def test_changed_files_are_another_set_and_never_take_the_old_ones_runs(data):
    made = tiny_set.arrays()
    tiny_set.write_npz(data / "things", made)
    old = datasets.named("things")
    keys = [config.run_key(config.TeacherConfig(epochs=1, dataset=old))]
    made["x_test"][0, 0, 0] ^= 1
    tiny_set.write_npz(data / "things", made)
    new = datasets.named("things")
    keys.append(config.run_key(config.TeacherConfig(epochs=1, dataset=new)))
    assert old != new and len(set(keys)) == 2 and set(map(config.check_key, keys)) == set(keys)
    with pytest.raises(DataMissing, match=f"files of things have changed.*{new}"):
        datasets.load(old)


def test_smaller_pictures_are_centred_and_lying_ones_turned(data):
    made = tiny_set.arrays(side=8)
    tiny_set.write_npz(data / "small", made, "transposed = true\n")
    images = datasets.load("small").train_images
    assert images.shape == (200, 28, 28)
    np.testing.assert_array_equal(images[:, 10:18, 10:18], made["x_train"].transpose(0, 2, 1))
    assert images.sum() == made["x_train"].sum(dtype=np.int64)
    assert own.describe("small").title == "small"


def test_words_are_given_found_or_counted(data):
    tiny_set.write_npz(data / "things", tiny_set.arrays())
    about = own.describe(datasets.named("things"))
    assert (about.title, about.classes) == ("Little things", tiny_set.CLASSES)
    assert about.plurals[1:4] == ["slashes", "boxes", "foxes"] and about.plurals[9] == "rays"
    assert own.describe("nobody-wrote").classes[3] == "class 3"
    assert own.describe("mnist").plurals[6] == own.describe("emnist-digits").plurals[6] == "sixes"
    assert own.describe("fashion-mnist").classes[6] == "shirt"


def test_what_is_there_is_listed_with_what_is_known_by_name(data):
    tiny_set.write_npz(data / "things", tiny_set.arrays())
    tiny_set.write_idx(data / "MNIST", tiny_set.arrays())  # where MNIST itself is looked for
    tiny_set.write_npz(data / "Digits", tiny_set.arrays())  # which is told to be no name
    (data / "photos").mkdir()
    (data / "half").mkdir()
    (data / "half" / "dataset.toml").write_text('title = "Half"')
    known = ["emnist-digits", "fashion-mnist", "kmnist"]
    assert own.names() == sorted([*known, "Digits", "half", "things"])


@pytest.mark.parametrize("name", ["mnist", "Digits", "..", "a/b", "-a", "a b", "ä", "a" * 25, ""])
def test_a_name_that_none_may_have_is_refused(data, name):
    with pytest.raises(DataCorrupt, match="24 letters, digits and hyphens.*not mnist or digits"):
        own.read(name)


@pytest.mark.parametrize("name", ["..", "a/b", "nowhere", "x" * 300])
def test_an_unknown_name_is_told_with_those_that_are_here(data, name):
    tiny_set.write_npz(data / "things", tiny_set.arrays())
    with pytest.raises(ValueError, match="one of mnist, digits, .*things, or .*letters, digits"):
        datasets.named(name)


def first_called(name):
    """Return a description whose first class has another name."""
    return f"classes = {[name, *tiny_set.CLASSES[1:]]}".replace("\\u202e", "\u202e")


def changed(**given):
    """Return the arrays of a set, some of them replaced."""
    return tiny_set.arrays() | given


GOOD = tiny_set.arrays()


@pytest.mark.parametrize(
    ("made", "told"),
    [
        (changed(x_train=np.zeros((200, 32, 32), np.uint8)), r"32, 32\); .* at most 28 × 28"),
        (changed(x_test=np.zeros((100, 28, 28, 3), np.uint8)), r"28, 3\); grey .*rows, columns"),
        (changed(x_train=GOOD["x_train"] / 255), "float64 .* whole numbers from 0"),
        (changed(x_train=GOOD["x_train"].astype(int) * 2), "int64 .* whole numbers from 0"),
        (changed(x_train=np.zeros((0, 28, 28), np.uint8)), r"shape \(0, 28"),
        (changed(y_train=GOOD["y_train"] + 1), "labels are 1 to 10; 0 to 9 are allowed"),
        (changed(y_test=GOOD["y_test"].astype(float)), "float64 .* not one for each"),
        (changed(y_test=GOOD["y_test"][:99]), r"labels are uint8 of shape \(99,\)"),
        (changed(y_test=np.where(GOOD["y_test"] == 3, 4, GOOD["y_test"])), r"no test .* 3 \(fox\)"),
        (changed(y_train=np.array([None] * 200)), "allow_pickle"),
    ],
)
def test_pictures_and_labels_that_do_not_fit_are_told(data, made, told):
    tiny_set.write_npz(data / "things", made)
    with pytest.raises(DataCorrupt, match=f"(?s)things.*cannot be used.*{told}"):
        datasets.load("things")


def test_objects_in_an_npz_are_never_unpickled(data, tmp_path):
    class Bomb:
        def __reduce__(self):
            return (tmp_path.joinpath("ran").touch, ())

    made = tiny_set.arrays() | {"x_train": np.array([Bomb()] * 3, dtype=object)}
    tiny_set.write_npz(data / "things", made)
    with pytest.raises(DataCorrupt, match="things.npz cannot be used"):
        datasets.load("things")
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        (0, idx(bytes(50), 2, 28, 28), "2 × 28 × 28, but of 1,584 bytes it has 66"),
        (0, idx(bytes(2 * 784 + 1), 2, 28, 28), "of 1,584 bytes it has more"),
        (0, idx(b"", 4_000_000, 28, 28), "3,136,000,000 bytes; at most 392,000,000"),
        (0, gzip.compress(idx(bytes(784), 1, 28, 28))[:30], "cut off"),
        (
            1,
            struct.pack(">BBBBI", 0, 0, 13, 1, 3) + bytes(12),
            "training labels: .*of floats",
        ),
        (
            2,
            struct.pack(">BBBBIIII", 0, 0, 8, 4, 1, 28, 28, 3) + bytes(9),
            "test images: .*in 4 dim",
        ),
        (3, b"<html>not found</html>", "test labels: .*no IDX file"),
        (3, b"", "empty"),
    ],
)
def test_a_file_that_is_none_of_the_four_is_told(data, name, content, told):
    tiny_set.write_idx(data / "things", tiny_set.arrays())
    path = data / "things" / f"{tiny_set.NAMES[name]}.gz"
    path.write_bytes(content)
    with pytest.raises(DataCorrupt, match=f"cannot be used: .*{told}"):
        datasets.load("things")
    assert path.read_bytes() == content


def test_two_files_of_one_part_are_told(data):
    made = tiny_set.arrays()
    tiny_set.write_idx(data / "things", made)
    tiny_set.write_idx(data / "things", made, [f"my-{name}" for name in tiny_set.NAMES])
    with pytest.raises(DataCorrupt, match="it and my-t10k-im.* have the test images; leave one"):
        datasets.load("things")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no zip", b"\x93NUMPY", bytes(3000)], ids=len)
def test_a_damaged_npz_is_told(data, content):
    (data / "things").mkdir()
    (data / "things" / "things.npz").write_bytes(content)
    with pytest.raises(DataCorrupt, match="things.npz cannot be used"):
        datasets.load("things")


def test_an_array_whose_header_lies_is_told(data):
    tiny_set.write_npz(data / "things", tiny_set.arrays())
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header, {"descr": "|u1", "fortran_order": False, "shape": (10**15,)}
    )
    with zipfile.ZipFile(data / "things" / "things.npz", "w") as archive:
        archive.writestr("x_train.npy", header.getvalue() + bytes(10))
    with pytest.raises(DataCorrupt, match="things.npz cannot be used"):
        datasets.load("things")


def test_plurals_that_are_made_up_may_be_longer_than_given_ones(data):
    longest = "a name of 24 letters box"
    tiny_set.write_npz(data / "things", tiny_set.arrays(), first_called(longest))
    assert len(longest) == 24 and own.describe("things").plurals[0] == f"{longest}es"


@pytest.mark.parametrize(
    ("toml", "told"),
    [
        (first_called("<b>x</b>"), r"classes\[0\] is '<b>x</b>'\. It may"),
        (first_called("a" * 300), r"classes\[0\] is 'a{40}'…, 300 letters\. It may"),
        (first_called("slash"), "two classes are 'slash'"),
        (f"plurals = {['z'] * 10}", "two plurals are 'z'"),
        (f"plurals = {['z'] * 9}", "it names 9 plurals, not 10"),
        (first_called("bus").replace("slash", "buse"), "two plurals are 'buses'"),
        ("classes = []", "it names 0 classes, not 10"),
        ("title = '*b*'", r"title is '\*b\*'.*of at most 60"),
        ("[fetched]\nmirrors = []\nmd5 = {}", r"has \[fetched\], which only sets known"),
    ],
)
def test_what_is_wrong_with_a_word_is_told_by_that_word(data, toml, told):
    tiny_set.write_npz(data / "things", tiny_set.arrays(), toml)
    with pytest.raises(DataCorrupt, match=f"dataset.toml cannot be used: .*{told}"):
        own.describe("things")


@pytest.mark.parametrize(
    "toml",
    [
        first_called("a" * 300),
        first_called("slash"),
        first_called("<b>x</b>"),
        first_called("**x**"),
        first_called("{0}"),
        first_called("a\u202eb"),
        f"classes = {tiny_set.CLASSES[:9]}",
        f"plurals = {['x'] * 10}",
        'title = "[a link](http://example.org)"',
        "transposed = 1",
        'colour = "red"',
        "title = ",
        "\0",
    ],
)
def test_words_that_cannot_be_shown_are_told(data, toml):
    tiny_set.write_npz(data / "things", tiny_set.arrays(), toml)
    with pytest.raises(DataCorrupt, match="dataset.toml cannot be used: .*ten different names"):
        datasets.load("things")
