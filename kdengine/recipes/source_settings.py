"""What three published reproductions train, as they describe it: fields of the configurations.

Pure data, with the teacher and the student without 3 of each source; `reproductions` has the other
networks. The sources' links and figures are in `published`.
"""

from typing import Any

Settings = dict[str, Any]

# HiverXD: everything in batches of 1,024; the teacher sees the training set in its own order. Its
# student without 3 sees shuffled batches. The loss has no T², so the hard term outweighs the soft.
HIVERXD_TEACHER: Settings = {
    "hidden_sizes": (1200, 1200),
    "normalised": True,
    "dropout": 0.5,
    "epochs": 10,
    "batch_size": 1024,
    "learning_rate": 1e-3,
    "shuffled": False,
}
HIVERXD_STUDENT: Settings = {
    **HIVERXD_TEACHER,
    "hidden_sizes": (300, 300),
    "shuffled": True,
    "temperature": 4.0,
    "soft_weight": 0.9,
    "hard_weight": 0.1,
    "scale_soft_by_t2": False,
}

# RP team 13: images shifted sideways; momentum 0.9; the set without 3 was built once, so that
# there each image keeps one shift.
_RP13: Settings = {
    "column_shift_share": 0.07,
    "batch_size": 100,
    "optimizer": "sgd",
    "learning_rate": 1e-2,
    "schedule": "tenth_every_30",
}
RP13_TEACHER: Settings = {
    **_RP13,
    "hidden_sizes": (1200, 1200),
    "weight_decay": 1e-5,
    "epochs": 100,
}
RP13_STUDENT: Settings = {
    **_RP13,
    "hidden_sizes": (800, 800),
    "frozen_distortions": True,
    "epochs": 25,
    "temperature": 20.0,
    "soft_weight": 0.7,
    "hard_weight": 0.3,
}

# Harvard APMTH 207: Keras's own initialisation but where it names another.
AM207_TEACHER: Settings = {
    "hidden_sizes": (1200, 1200),
    "dropout": 0.7,
    "initialisation": "normal-0.01",
    "max_norm": 15.0,
    "epochs": 20,
    "batch_size": 100,
    "learning_rate": 1e-4,
}
AM207_CNN_TEACHER: Settings = {
    "architecture": "cnn-strip",
    "hidden_sizes": (),
    "dropout": 0.25,
    "initialisation": "glorot",
    "epochs": 20,
    "batch_size": 128,
    "learning_rate": 5e-4,
}
# Had its input been declared as a picture; `nets.architecture` says what is reduced.
AM207_PICTURE_TEACHER: Settings = {**AM207_CNN_TEACHER, "architecture": "cnn-picture"}
AM207_STUDENT: Settings = {
    "hidden_sizes": (20, 20),
    "initialisation": "glorot",
    "epochs": 50,
    "batch_size": 128,
    "learning_rate": 1e-3,
    "temperature": 3.0,
    "scale_soft_by_t2": False,
}
