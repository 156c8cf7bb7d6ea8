"""Soft targets and the distillation loss: tensors in, tensors out, no models and no data."""

import torch.nn.functional as F
from torch import Tensor


def soft_targets(teacher_logits: Tensor, temperature: float) -> Tensor:
    """Return the softened distribution of *teacher_logits* (N, C), float32; rows sum to 1.

    Source: Hinton, Vinyals & Dean (2015), arXiv:1503.02531, equation 1.
    """
    return (teacher_logits.float() / temperature).softmax(dim=1)


def distillation_loss(
    student_logits: Tensor,
    soft_targets: Tensor,
    labels: Tensor,
    *,
    temperature: float,
    soft_weight: float = 1.0,
    hard_weight: float = 0.0,
    scale_soft_by_t2: bool = True,
) -> Tensor:
    """Mix the soft-target and the hard-label loss of one batch.

    Parameters
    ----------
    student_logits : Tensor of shape (N, C), float32
    soft_targets : Tensor of shape (N, C), rows summing to 1
        The teacher's softened distribution for the same N images.
    labels : Tensor of shape (N,), int64
        True classes; they matter only if `hard_weight` is not 0.
    temperature : float > 0
        T; it divides the student's logits in the soft term.
    soft_weight, hard_weight : float >= 0
        Factors of the two terms.
    scale_soft_by_t2 : bool
        Multiply the soft term by T².

    Returns
    -------
    Tensor of shape ()
        Loss in nats, averaged over the N images. The soft term is a KL divergence: 0 when the
        student answers as the teacher does.

    Raises
    ------
    ValueError
        If logits and soft targets differ in shape.

    Source: Hinton, Vinyals & Dean (2015), arXiv:1503.02531, section 2.
    """
    if student_logits.shape != soft_targets.shape:
        raise ValueError(
            f"student_logits {tuple(student_logits.shape)} and soft_targets "
            f"{tuple(soft_targets.shape)} must share one (N, C) shape; "
            "check that both come from the same batch."
        )
    student_log_probabilities = (student_logits / temperature).log_softmax(dim=1)
    # "batchmean" sums over classes; the default "mean" would also divide by C.
    soft_loss = F.kl_div(student_log_probabilities, soft_targets, reduction="batchmean")
    if scale_soft_by_t2:
        # Soft gradients shrink as 1/T²; T² keeps soft_weight comparable across temperatures.
        soft_loss = temperature**2 * soft_loss
    if hard_weight == 0.0:
        return soft_weight * soft_loss
    return soft_weight * soft_loss + hard_weight * F.cross_entropy(student_logits, labels)
