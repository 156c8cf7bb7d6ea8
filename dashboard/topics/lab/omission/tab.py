"""Tab: leave out any digits and see what the student still recognises."""

from typing import Any

import streamlit as st

from dashboard import catalogue
from dashboard.charting import display, theme
from dashboard.core import presenter, runs, show, sidebar, tables
from dashboard.core.cache import cached
from dashboard.core.experiment import Experiment
from dashboard.core.numbers import in_its_words, word
from dashboard.core.params import Params, Refused
from dashboard.figures import phases, verdicts
from dashboard.jobs import job_files, processes
from dashboard.topics.lab.omission import cases as omission_cases
from dashboard.topics.lab.omission import charts, figures, findings
from dashboard.topics.lab.omission.cases import Case
from kdengine.config import run_key
from kdengine.data import mnist_files
from kdengine.recipes import plans

POLL_SECONDS = 0.7
ROLES = {"before": omission_cases.BEFORE, "after": omission_cases.AFTER}
WHEN = {"before": "before", "after": "with offsets"}
PICKED = "lab_keep_picked"  # toggles that no student can be shown for
STYLE = """<style>
.st-key-lab_keep button {min-width: 3.1rem; min-height: 2.9rem}
.st-key-lab_keep button p {font-size: 1.45rem; font-weight: 600}
</style>"""
state = st.session_state


def draw(at: Params) -> None:
    """Draw the toggles, what is known of such students, the map of all pairs, and the findings."""
    shown = sidebar.stood_in_for() or runs.selected()
    st.title(in_its_words("Which digits can a student do without?"))
    dataset = shown.dataset if shown is not None else "mnist"
    is_swept = dataset == "mnist"
    swept = omission_cases.all_cases(tables.sweep) if is_swept else []
    sentence = st.container()
    kept = _choose_digits(at)
    omitted = omission_cases.others(kept)
    cases = _students_of(omitted, shown, dataset, swept)
    left, right = st.columns([1.25, 1], gap="medium")
    with left:
        if cases:
            with sentence:
                show.lead(figures.lead(cases))
            missed = figures.per_class(cases), figures.per_class_title(cases)
            _chart("digits", charts.missed_by_digit, *missed)
        else:
            _offer_training(omitted, dataset, swept)
    with right:
        if is_swept:
            _draw_map(at, kept, swept)
        else:
            st.caption(
                "The sweeps over all pairs were made on MNIST; choose an MNIST run to see them."
            )
    if cases and is_swept and kept == figures.START:
        _draw_paper(cases)
    told = findings.findings(swept)
    if told:
        with st.expander("What the sweeps found, with its spread"):
            st.markdown("\n".join(f"- {finding}" for finding in told))
            st.caption(verdicts.EXPLAINED)
    if cases:
        _draw_more(at, cases)
    with st.expander("For engineers"):
        if cases:
            st.markdown(figures.exact(cases))
        st.caption(figures.sources(tables.sweep))


def _chart(key: str, build: Any, *arguments: Any) -> None:
    """Draw the chart ``build(*arguments)``."""
    display.chart(display.figure(build, *arguments), key=f"lab_{key}")


def _choose_digits(at: Params) -> tuple[int, ...]:
    """Draw the ten toggles; return the digits kept, the last usable choice if this one is none."""

    def read(text: str) -> tuple[int, ...]:
        digits = figures.parse_keep(text)
        if digits is None:
            raise Refused("a list of one to nine digits such as 7,8")
        return digits

    def take(keep: list[int]) -> None:
        if figures.keep_problem(keep):
            state[PICKED] = keep
        else:
            state.pop(PICKED, None)
            at.set(keep=tuple(sorted(keep)))

    kept = at.take("keep", read, figures.START)
    st.html(STYLE)
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    picked, pressed = state.get(PICKED, list(kept)), state.get("lab_keep", [])
    if sorted(pressed) == sorted(picked):
        picked = (
            pressed  # another order would be set in the browser, over what is pressed meanwhile
        )
    left.pills(
        in_its_words("**Digits in the transfer set:** switch any on or off"),
        figures.DIGITS,
        format_func=word,
        selection_mode="multi",
        wrap=True,
        **at.mirror("keep", picked, take=take),
    )
    right.button(
        "The paper's: 7 and 8", key="lab_paper", on_click=take, kwargs={"keep": list(figures.START)}
    )
    problem = figures.keep_problem(picked)
    if problem:
        st.warning(problem)
    return kept


def _stored_keys(omitted: tuple[int, ...], dataset: str) -> dict[int, str]:
    """Return the stored students of the recipe that omit just these digits, by seed."""
    found = {}
    for entry in runs.students():
        if entry.config.dataset == dataset and entry.config.omitted_classes == omitted:
            plan = plans.experiment(
                dataset=dataset, seed=entry.config.seed, omitted_classes=omitted
            )
            if run_key(plan.student) == entry.key:
                found[entry.config.seed] = entry.key
    return found


def _students_of(
    omitted: tuple[int, ...], shown: Experiment | None, dataset: str, swept: list[Case]
) -> list[Case]:
    """Return what is known of such students: those of the tables, and stored ones beside them.

    A run of another recipe is shown alone if the sidebar has chosen it.
    """
    keys = _stored_keys(omitted, dataset)
    is_special = shown is not None and shown.student.config.omitted_classes == omitted
    if is_special and shown.key not in keys.values():
        st.caption(f"Shown: `{shown.key}`, the run chosen in the sidebar.")
        return _measured([shown.key])
    known = omission_cases.students(swept, omitted)
    seeds = {case.seed for case in known}
    return omission_cases.students(
        [*known, *_measured([key for seed, key in keys.items() if seed not in seeds])], omitted
    )


def _measured(keys: list[str]) -> list[Case]:
    """Return stored runs as cases; one that cannot be measured is told and left out."""
    cases = []
    for key in keys:
        try:
            cases.append(cached(omission_cases.case_of_run, runs.experiment(key)))
        except (ValueError, OSError) as error:
            told = presenter.told(job_files.words_of(error))
            st.warning(f"`{key}` cannot be shown. {told}")
    return cases


def _start(request: dict) -> None:
    """Start a training; what is in the way of it is told on the page."""
    state["lab_trouble"] = processes.trouble(processes.start, request)


def _job_of(plan: plans.Plan) -> processes.Job | None:
    """Return the live training of that student, None if there is none."""
    return next((job for job in processes.live() if job.plan.student == plan.student), None)


def _offer_training(omitted: tuple[int, ...], dataset: str, swept: list[Case]) -> None:
    """Say that such a student is not stored, and train one on demand."""
    request = {"dataset": dataset, "seed": 0, "omitted_classes": list(omitted)}
    plan = processes.plan_of(request)
    is_live = _job_of(plan) is not None
    st.info(figures.not_stored(omitted, swept))
    if dataset == "mnist" and not mnist_files.present():
        st.info(runs.pictures_help())
    elif not is_live:
        st.button(
            "Train it now",
            type="primary",
            key="lab_train",
            disabled=not presenter.is_presenter(),
            on_click=_start,
            args=(request,),
        )
    if state.get("lab_trouble"):
        st.warning(show.told(state["lab_trouble"]))
    last = None if is_live else processes.last_finished()
    if last is not None and last.state == "failed" and last.plan.student == plan.student:
        st.warning(f"The last attempt failed. {presenter.told(last.message)}")
    show.fragment(_follow, run_every=POLL_SECONDS if is_live else None)(plan, is_live)
    st.page_link(catalogue.path("train"), label="All trainings, with other settings: Train")


def _follow(plan: plans.Plan, was_live: bool) -> None:
    """Draw the progress of a live training; draw the page anew once it has ended."""
    job = _job_of(plan)
    if (job is not None) != was_live:
        st.rerun()
    if job is None:
        return
    parts = phases.phases_of_job(job.plan, False, job.events)
    left = phases.seconds_left(parts, job.seconds_since_last_event)
    ahead = [other.id for other in processes.live()].index(job.id)
    told = phases.progress_text(parts, job.state, ahead, left)
    st.progress(phases.share_done(parts, left), text=told)


def _draw_paper(cases: list[Case]) -> None:
    """Set the paper's figures for 7 and 8 beside ours."""
    told = [
        show.Card(value, label, detail, "", theme.colour_of(role) if role else theme.BASELINE)
        for value, label, detail, role in figures.paper_figures(cases)
    ]
    st.html(show.cards(told))


def _draw_map(at: Params, kept: tuple[int, ...], swept: list[Case]) -> None:
    """Draw the map of all pairs kept, which is also the quickest way to choose one."""
    cells = findings.pair_map(swept, kept)
    if cells.empty:
        st.info(tables.sweep_help("keep-two"))
        return
    # With another choice the chart is another, so that the cell last clicked can be clicked again.
    key = f"lab_map_{at.begin('map', None, by=['keep']).visit}"

    def take_clicked() -> None:
        for cell in state[key]["selection"][charts.PAIR][:1]:
            at.set(keep=tuple(sorted({int(cell["low"]), int(cell["high"])})))

    drawn = display.figure(charts.pair_map, cells, findings.map_title(cells))
    display.chart(drawn, key=key, on_select=take_clicked, selection_mode=charts.PAIR)


def _draw_more(at: Params, cases: list[Case]) -> None:
    """Draw offsets and confusion matrix of the student on the page."""
    st.subheader("This student in detail")
    left, right = st.columns(2, gap="medium")
    with left:
        offsets = figures.offsets(cases), figures.offsets_title(cases)
        _chart("offsets", charts.offset_by_digit, *offsets)
    with right:
        role = ROLES[at.choice("confusions", WHEN, "after")]
        st.segmented_control("Confusions", required=True, **at.bind("confusions", WHEN))
        counts = omission_cases.confusion(cases[0], role)
        _chart("matrix", charts.matrix, counts, figures.matrix_title(cases, role))
