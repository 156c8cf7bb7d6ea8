"""The terms of distillation and of this experiment, and with them all terms; plain data."""

from dashboard.topics.glossary.learning import GENERAL, Term

_PAPER = ("Hinton, Vinyals & Dean 2015", "https://arxiv.org/abs/1503.02531")
_COMPRESSION = ("Bucilă, Caruana & Niculescu-Mizil 2006", "https://doi.org/10.1145/1150402.1150464")
_PRIORS = ("Saerens, Latinne & Decaestecker 2002", "https://doi.org/10.1162/089976602753284446")

OWN = (
    Term(
        "criterion",
        "A rule that chooses the offset. Fair ones look at no test image; the page says of each "
        "what it looks at.",
        _PAPER,
        ("offset",),
        ("criteria",),
    ),
    Term(
        "dark knowledge",
        "What a network's small probabilities tell beyond its answer: how much this 8 looks like "
        "a 3, and how little like a 1.",
        _PAPER,
        ("dark_knowledge", "soft_targets"),
    ),
    Term(
        "distillation",
        "Training a small network, the student, to give the softened answers of a large one, the "
        "teacher, instead of learning from labels alone.",
        _PAPER,
        ("story", "train"),
        ("distilled", "distil"),
    ),
    Term(
        "flip threshold",
        "The offset at which one image turns into the omitted class: its largest other logit less "
        "its logit of that class. Below 0 the image is called so without any offset.",
        _PAPER,
        ("misclassified", "offset"),
        ("flips at",),
    ),
    Term(
        "frequency criterion",
        "Choose the offset so that the mean probability of the omitted class over the unlabelled "
        "training images equals that class's share among them.",
        _PRIORS,
        ("offset",),
        ("frequency",),
    ),
    Term(
        "hard label",
        "The right answer and nothing else: this is a 7. Also called a hard target.",
        _PAPER,
        ("story", "leak"),
        ("hard-label", "label"),
    ),
    Term(
        "hard-label student",
        "The baseline: a network of the student's architecture, trained on the labels of the same "
        "images without any soft target.",
        _PAPER,
        ("story", "confusion", "draw"),
        ("baseline",),
    ),
    Term(
        "jitter",
        "Shifting each training image by a random pixel or two, anew in every epoch, so that a "
        "network does not rely on exact places.",
        _PAPER,
        ("ablations", "train"),
    ),
    Term(
        "model compression",
        "Making a network that is cheaper to run and answers nearly as well; distillation is one "
        "way.",
        _COMPRESSION,
        ("story",),
    ),
    Term(
        "odds",
        "A probability divided by what is left of it: one half has odds of 1 to 1. An offset "
        "multiplies odds by the same factor for every image.",
        _PRIORS,
        ("draw", "offset"),
    ),
    Term(
        "offset",
        "One number added to one class's logit for every image alike, once the student has "
        "learned. Nothing is trained again.",
        _PAPER,
        ("offset", "story"),
    ),
    Term(
        "omitted class",
        "The digit of which the student's training images hold none.",
        _PAPER,
        ("story", "omission_lab"),
        ("never saw", "never sees", "left out"),
    ),
    Term(
        "probe",
        "The unlabelled training images that a criterion looks at when it chooses the offset.",
        _PRIORS,
        ("offset", "ablations"),
    ),
    Term(
        "soft targets",
        "The teacher's ten probabilities for an image, softened by a temperature; what the "
        "student learns to give.",
        _PAPER,
        ("soft_targets", "dark_knowledge"),
        ("soft target",),
    ),
    Term(
        "student",
        "The network that learns from another network's answers; usually the smaller one.",
        _PAPER,
        ("story", "learning"),
    ),
    Term(
        "T² factor",
        "The soft part of the loss is multiplied by T², because its gradient shrinks as 1/T²: so "
        "the weights of the soft and the hard part mean the same at every temperature.",
        _PAPER,
        ("dark_knowledge", "train"),
        ("T²",),
    ),
    Term(
        "teacher",
        "The network that learned from labels first and whose answers the student copies.",
        _PAPER,
        ("story", "soft_targets"),
    ),
    Term(
        "temperature",
        "T: what the logits are divided by before softmax. The higher it is, the more evenly the "
        "probabilities are spread, and the better the small ones can be seen.",
        _PAPER,
        ("soft_targets", "dark_knowledge"),
        ("T =",),
    ),
    Term(
        "transfer set",
        "The images on which the student learns from its teacher. Here some digits are missing "
        "from it.",
        _PAPER,
        ("dark_knowledge", "omission_lab", "train"),
        ("transfer image",),
    ),
    Term(
        "unlabelled",
        "Without the right answer: anybody may look at the image, nobody says what it is.",
        _PRIORS,
        ("offset",),
    ),
)
TERMS = tuple(sorted((*GENERAL, *OWN), key=lambda term: term.name.casefold()))
