"""Our own recipes; `benchmarks/LOG.md` tells what was chosen where, and what did not help."""

from kdengine.recipes.recipe import Recipe, Setting

_CLASSROOM: Setting = {
    "batch_size": 512,
    "jitter_pixels": 1,
    "schedule": "one_cycle",
    "initialisation": "he",
    "beta2": 0.95,
    "margin_pixels": 2,
}
# 1,200 small images do not need millions of weights, and their many epochs cost little.
_FEW_IMAGES: Setting = {"epochs": 6, "margin_pixels": 0}
_BEST: Setting = {
    "batch_size": 512,
    "jitter_pixels": 2,
    "rotation_degrees": 10.0,
    "shear_degrees": 5.0,
    "scale_share": 0.1,
    "schedule": "one_cycle",
    "initialisation": "he",
    "beta2": 0.98,
    "elastic_pixels": 1.0,
}

CLASSROOM = Recipe(
    name="classroom",
    title="classroom: the whole experiment while the class watches",
    teacher={**_CLASSROOM, "epochs": 6, "learning_rate": 6e-3},
    student={
        **_CLASSROOM,
        "epochs": 9,
        "distortion_epochs": 3,
        "learning_rate": 8e-3,
        "temperature": 20.0,
    },
    small={
        "digits": {
            "teacher": {**_FEW_IMAGES, "hidden_sizes": (300, 300)},
            "student": {**_FEW_IMAGES, "hidden_sizes": (200, 200), "distortion_epochs": 1},
        }
    },
)
BEST = Recipe(
    name="best",
    title="best: the paper's architectures, trained for minutes, to match its figures",
    teacher={
        **_BEST,
        "epochs": 130,
        "learning_rate": 3e-3,
        "optimizer": "adamw",
        "weight_decay": 0.05,
    },
    student={**_BEST, "epochs": 130, "learning_rate": 4e-3, "temperature": 20.0},
    # The paper's student on hard labels had no regularisation: the images as they are.
    baseline={
        "jitter_pixels": 0,
        "rotation_degrees": 0.0,
        "shear_degrees": 0.0,
        "scale_share": 0.0,
        "elastic_pixels": 0.0,
        "epochs": 20,
        "learning_rate": 1e-3,
    },
)
