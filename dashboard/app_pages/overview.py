"""Page: the whole story on one screen."""

import streamlit as st

from dashboard import pictures, report, runs, show
from dashboard.charts import theme
from dashboard.views import overview as views
from dashboard.views.experiment import plural
from kdengine import store

title = st.empty()
title.title("The student that never saw a 3")
shown = runs.need_omission()
title.title(f"The student that never saw a {shown.omitted_class}")
offset = runs.need_offset(shown)
name = plural(shown.omitted_class)
show.lead(views.sentence(shown, offset))

table = store.load_seed_table(shown.student.metrics.get("recipe", ""), shown.dataset)
cards = [
    show.Card(
        value=headline.rate,
        label=headline.label,
        detail=f"{headline.right:,} of {headline.total:,} test {name}",
        note=headline.spread,
        colour=theme.colour_of(headline.role),
    )
    for headline in views.headlines(shown, offset, table)
]
st.html(show.cards(cards))

chosen = runs.cached_frame(views.examples, shown, offset)
images = runs.test_images(shown.dataset)
st.markdown(
    f"**{name.capitalize()} in the student's training set: {views.transfer_threes(shown)}.** "
    f"Held-out {name}, from the easiest for the student to the hardest:"
)
if images is None:
    st.info(runs.pictures_help())
else:
    st.html(
        pictures.strip(
            [
                pictures.Captioned(
                    image=images[row.image],
                    caption=row.state,
                    description=f"Test image {row.image}, a {shown.omitted_class}; "
                    f"the student says {row.said}; {row.state}.",
                    colour=theme.STATE_COLOURS[row.state],
                )
                for row in chosen.itertuples()
            ]
        )
    )

st.subheader("Where to go next")
for topic, text in (
    ("soft_targets", "What does the teacher tell the student? Drag the temperature"),
    ("bias_sweep", "Why does one number help so much? Drag the offset"),
    ("confusion", f"What are {name} called instead?"),
    ("misclassified", f"See every misclassified {shown.omitted_class}"),
    ("replay", f"When do the {name} appear? Watch the student learn"),
    ("train", "Train it yourself"),
):
    st.page_link(f"app_pages/{topic}.py", label=text, icon=":material/arrow_forward:")
st.download_button(
    "Take it with you (zip)",
    lambda: runs.cached_file(
        lambda: report.zip_of(report.make(shown, images), shown.key), "report.zip", shown
    ),
    file_name=f"{shown.key}.zip",
    mime="application/zip",
    on_click="ignore",
    icon=":material/download:",
    key="overview_report",
    help="A page that works without a server and without a network, with both sliders; every "
    "chart as a PNG, every table as CSV, the replay as a GIF. Making it takes some seconds.",
)
st.subheader("What distillation is for")
st.markdown(views.sizes_sentence(shown))
st.table(views.sizes(shown), border="horizontal")
with st.expander("What was published of this experiment, on MNIST without threes"):
    st.table(views.published(), border="horizontal")
st.markdown(
    "After Hinton, Vinyals & Dean, [Distilling the Knowledge in a Neural Network]"
    "(https://arxiv.org/abs/1503.02531), 2015, section 3. The offset is chosen without any test "
    f"image: it makes the mean probability of class {shown.omitted_class} over the unlabelled "
    "training images equal that class's share among them."
)
