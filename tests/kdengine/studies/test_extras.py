"""Random probes: their sizes, and counts against the offset added by hand."""

import numpy as np
import pytest

from kdengine.offsets import criteria, thresholds
from kdengine.store import runs as store
from kdengine.studies import extras


@pytest.fixture
def runs(small_store):
    """Return the small store's teacher and student."""
    by_kind = {entry.config.kind: store.load(entry.key) for entry in store.list_runs()}
    return by_kind["teacher"], by_kind["student"]


def test_counts_are_those_of_the_offset_added_to_the_logits(runs, monkeypatch):
    monkeypatch.setattr(extras, "PROBE_DRAWS", 4)
    found = extras.offsets_of_random_probes(*runs, 3, sizes=(100, 400, 5000))
    assert [(one["criterion"], one["size"], len(one["offsets"])) for one in found] == [
        (criterion, size, draws)
        for size, draws in ((100, 4), (400, 4), (1200, 1))
        for criterion in ("frequency", "teacher-mass")
    ]
    labels = runs[1].test_labels
    for one in found:
        for i, offset in enumerate(one["offsets"]):
            shifted = thresholds.apply_offsets(runs[1].test_logits, [3], [offset])
            wrong = shifted.argmax(axis=1) != labels
            # Rounding an offset to four digits may move an image that lies on its threshold.
            assert abs(int(wrong.sum()) - one["errors"][i]) <= 1
            assert abs(int(wrong[labels == 3].sum()) - one["omitted_errors"][i]) <= 1


def test_a_probe_of_everything_gives_the_criterions_own_offset(runs):
    teacher, student = runs
    found = extras.offsets_of_random_probes(*runs, 3, sizes=(1200,))
    frequency = float(np.mean(student.train_labels == 3))
    expected = [
        criteria.mass_matching_offsets(student.train_logits, [3], [frequency])[0],
        criteria.teacher_mass_offsets(student.train_logits, teacher.train_logits, [3])[0],
    ]
    assert [one["offsets"] for one in found] == [[pytest.approx(b, abs=1e-4)] for b in expected]


def test_probes_differ_shrink_in_spread_and_come_again(runs, monkeypatch):
    monkeypatch.setattr(extras, "PROBE_DRAWS", 12)
    first = extras.offsets_of_random_probes(*runs, 3, sizes=(100, 1000))
    assert first == extras.offsets_of_random_probes(*runs, 3, sizes=(100, 1000))
    offsets = {(one["criterion"], one["size"]): one["offsets"] for one in first}
    spread = [np.std(offsets["frequency", size]) for size in (100, 1000)]
    assert spread[0] > spread[1] > 0.0
    # This student is its teacher but for 4 less on class 3, so the teacher's mass tells exactly.
    assert offsets["teacher-mass", 100] == offsets["teacher-mass", 1000] == [4.0] * 12
