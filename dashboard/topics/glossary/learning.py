"""Terms of networks, learning and measuring in general; plain data."""

from dataclasses import dataclass

_BOOK = ("Goodfellow, Bengio & Courville 2016", "https://www.deeplearningbook.org/")
_MNIST = ("LeCun, Bottou, Bengio & Haffner 1998", "https://doi.org/10.1109/5.726791")
_SHANNON = ("Shannon 1948", "https://doi.org/10.1002/j.1538-7305.1948.tb01338.x")
_KL = ("Kullback & Leibler 1951", "https://doi.org/10.1214/aoms/1177729694")
_RATES = ("Fawcett 2006", "https://doi.org/10.1016/j.patrec.2005.10.010")
_DROPOUT = ("Srivastava et al. 2014", "https://jmlr.org/papers/v15/srivastava14a.html")
_SMOOTHING = ("Szegedy et al. 2016", "https://arxiv.org/abs/1512.00567")
_ENSEMBLE = ("Dietterich 2000", "https://doi.org/10.1007/3-540-45014-9_1")


@dataclass(frozen=True)
class Term:
    """One term of the glossary.

    Parameters
    ----------
    name, words : str
        The term; one or two sentences on it.
    source : tuple of str
        Who says so, and the address.
    pages : tuple of str
        Pages that show it, the best one first.
    forms : tuple of str
        How else it is written in sentences, in the singular; the name is always one.
    """

    name: str
    words: str
    source: tuple[str, str]
    pages: tuple[str, ...]
    forms: tuple[str, ...] = ()


GENERAL = (
    Term(
        "ablation",
        "An experiment that changes or takes away one thing and leaves all else as it is, to see "
        "what that one thing is worth.",
        _BOOK,
        ("ablations", "leak", "train"),
    ),
    Term(
        "accuracy",
        "The share of images that a network names rightly, between 0 and 1.",
        _RATES,
        ("confusion", "learning", "train"),
    ),
    Term(
        "batch",
        "The few hundred images that are looked at together before the weights are changed once; "
        "that one change is a step.",
        _BOOK,
        ("train",),
        ("step",),
    ),
    Term(
        "bias",
        "One number for each unit of a layer that is added to its weighted sum, whatever the "
        "image. In the last layer it raises or lowers one digit's logit for every image alike.",
        _BOOK,
        ("dark_knowledge", "draw", "offset"),
        ("biase",),
    ),
    Term(
        "class",
        "One of the ten answers a network can give: here the digits 0 to 9.",
        _BOOK,
        ("confusion", "offset"),
        ("classe",),
    ),
    Term(
        "confusion matrix",
        "A table that counts images by what they are (row) and what a network calls them (column); "
        "right answers lie on the diagonal.",
        _RATES,
        ("confusion", "omission_lab"),
        ("confusion",),
    ),
    Term(
        "cross-entropy",
        "How surprised a network is by the right answer: minus the logarithm of the probability "
        "it gave to it. The usual loss for learning from labels.",
        _BOOK,
        ("train",),
    ),
    Term(
        "dropout",
        "Switching off random units at every step of training, so that a network cannot rely on "
        "any single one.",
        _DROPOUT,
        ("ablations", "train"),
    ),
    Term(
        "ensemble",
        "Several networks that answer together; here their logits are averaged.",
        _ENSEMBLE,
        ("ablations",),
    ),
    Term(
        "entropy",
        "How undecided a distribution is: 0 if all probability lies on one answer, largest if all "
        "answers are equally probable. Measured in nats, that is with the natural logarithm.",
        _SHANNON,
        ("soft_targets",),
        ("nat",),
    ),
    Term(
        "epoch",
        "One pass through all images that a network learns from.",
        _BOOK,
        ("learning", "train"),
    ),
    Term(
        "gradient",
        "In which direction, and how strongly, each number of a network would have to change to "
        "make the loss larger; learning goes the other way.",
        _BOOK,
        ("dark_knowledge", "train"),
    ),
    Term(
        "held-out image",
        "An image of the test set. No network was trained on it, so what a network says of it is "
        "not remembered.",
        _BOOK,
        ("story", "misclassified", "learning"),
        ("held-out", "test image", "test set"),
    ),
    Term(
        "KL divergence",
        "How far one distribution is from another, in nats; 0 only if they are the same. The soft "
        "part of the loss is that of the student from its teacher.",
        _KL,
        ("train", "dark_knowledge"),
    ),
    Term(
        "label smoothing",
        "Giving every wrong answer the same small share of each label. Soft, like soft targets, "
        "but without a word on which wrong answers are near.",
        _SMOOTHING,
        ("leak",),
        ("smoothing",),
    ),
    Term(
        "logit",
        "One of the ten numbers that a network computes for an image before they are made into "
        "probabilities; the digit with the largest one is the answer.",
        _BOOK,
        ("soft_targets", "offset"),
    ),
    Term(
        "loss",
        "The number that training makes small: how far a network's answers are from what it "
        "should say.",
        _BOOK,
        ("train",),
    ),
    Term(
        "mass",
        "The probability that lies on one class. The mean mass is its mean over many images.",
        _BOOK,
        ("offset", "dark_knowledge"),
        ("probability", "probabilities"),
    ),
    Term(
        "MNIST",
        "60,000 training and 10,000 test images of handwritten digits, 28×28 grey pixels each: "
        "the fruit fly of this field.",
        _MNIST,
        ("story", "draw"),
    ),
    Term(
        "neural network",
        "Layers of units, each a weighted sum of the layer before. The weights are learned.",
        _BOOK,
        ("draw", "story"),
        ("network",),
    ),
    Term(
        "precision",
        "Of the images called a digit, the share that are that digit.",
        _RATES,
        ("confusion",),
    ),
    Term(
        "recall",
        "Of the images of a digit, the share that are called so. The accuracy on that digit.",
        _RATES,
        ("confusion",),
    ),
    Term(
        "seed",
        "The number that starts all random choices of a training. The same seed gives the same "
        "network; several show what chance does.",
        _BOOK,
        ("train", "ablations"),
    ),
    Term(
        "softmax",
        "Turns ten logits into ten probabilities: e to the power of each, divided by their sum.",
        _BOOK,
        ("soft_targets",),
    ),
    Term(
        "standard deviation",
        "How far the figures of several seeds typically lie from their mean; written after ±.",
        _BOOK,
        ("ablations", "leak", "story"),
        ("deviation",),
    ),
    Term(
        "weight",
        "One of the numbers that a network learns; every connection between two units has one.",
        _BOOK,
        ("draw", "story"),
        ("parameter",),
    ),
)
