"""Where tasks run, with tasks that take no time."""

import operator
import os
import socket
import sys
import time
import warnings
from pathlib import Path

import joblib
import psutil
import pytest

from kdengine.studies import workers
from kdengine.studies.workers import Workers

TASKS = [(2, 3), (4, 5), (6, 7)]
PRODUCTS = [6, 20, 42]


def products(pool):
    """Return what the workers made of `TASKS`, sorted."""
    return sorted(workers.results(pool, (joblib.delayed(operator.mul)(a, b) for a, b in TASKS)))


@pytest.fixture
def cluster():
    """Start a Dask cluster without workers in this process, on loopback; tests add some."""
    distributed = pytest.importorskip("distributed")
    options = {"protocol": "tcp", "host": "127.0.0.1", "dashboard_address": None}
    with distributed.LocalCluster(n_workers=0, processes=False, **options) as started:
        yield started


def test_one_worker_is_this_process():
    tasks = [joblib.delayed(os.getpid)() for _ in range(2)]
    assert list(workers.results(Workers(1), tasks)) == [os.getpid()] * 2
    assert products(Workers(1)) == PRODUCTS


def test_processes_are_others_and_find_the_callers_folders(tmp_path, monkeypatch):
    for name in ("first", "second"):  # processes that are there already do not serve another
        monkeypatch.setenv("KDENGINE_CACHE_DIR", str(tmp_path / name))
        tasks = [joblib.delayed(os.getenv)("KDENGINE_CACHE_DIR")]
        assert list(workers.results(Workers(2), tasks)) == [str(tmp_path / name)]
    assert os.getpid() not in list(workers.results(Workers(2), [joblib.delayed(os.getpid)()]))
    assert list(workers.results(Workers(2), [joblib.delayed(os.getenv)("OMP_NUM_THREADS")])) == [
        "1"
    ]
    assert products(Workers(2)) == PRODUCTS


def test_a_process_that_dies_is_reported():
    with pytest.raises(ChildProcessError, match="fewer --workers"):
        list(workers.results(Workers(2), [joblib.delayed(os._exit)(1)]))
    assert products(Workers(2)) == PRODUCTS  # and does not spoil the next call


def test_whoever_stops_listening_ends_the_processes():
    tasks = [joblib.delayed(os.getpid)(), joblib.delayed(time.sleep)(600)]
    found = workers.results(Workers(2), tasks)
    process = psutil.Process(next(found))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found.close()
    process.wait(timeout=60)


def test_a_cluster_does_the_same(cluster):
    cluster.scale(1)
    assert products(Workers(1, scheduler=cluster.scheduler_address)) == PRODUCTS


def test_a_cluster_without_workers_says_how_to_start_one(cluster, monkeypatch):
    monkeypatch.setattr(workers, "DASK_SECONDS", 1.0)
    with pytest.raises(ConnectionError, match=f"dask worker {cluster.scheduler_address}"):
        products(Workers(1, scheduler=cluster.scheduler_address))


@pytest.mark.parametrize("listens", [False, True])
def test_a_scheduler_that_does_not_answer_is_named_soon(listens, monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr(workers, "DASK_SECONDS", 0.5)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        if listens:
            silent.listen()
        address = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(ConnectionError, match="`dask scheduler`") as caught:
            products(Workers(1, scheduler=address))
    assert address in str(caught.value)


def test_without_dask_the_message_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ConnectionError, match="pip install dask"):
        products(Workers(1, scheduler="tcp://127.0.0.1:9"))


def test_the_version_to_install_is_the_one_that_is_tested():
    """A message that names another would send people into the unknown."""
    pinned = (Path(__file__).parents[3] / "requirements-dev.txt").read_text().split()
    assert set(workers._DASK_INSTALL.split()[2:]) <= set(pinned)


@pytest.mark.parametrize("address", ["127.0.0.1:8786", "tcp://host:1", "tls://a.b.c:65535"])
def test_addresses(address):
    assert workers.check_address(address) == address


@pytest.mark.parametrize("address", ["", "host", "http://a:1", "tcp://a", "tcp://a b:1", "a:1/x"])
def test_what_is_no_address_is_refused(address):
    with pytest.raises(ValueError, match="tcp://127.0.0.1:8786"):
        workers.check_address(address)
