from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from ml.sampling import draw, draws_by_class, training_prior

LABELS_OF_SEVENTEEN = np.repeat(np.arange(7), (2, 1, 3, 1, 2, 7, 1))


def test_each_class_is_drawn_equally_often() -> None:
    draws = draw(LABELS_OF_SEVENTEEN, "upsampled", np.random.default_rng(0))
    assert Counter(LABELS_OF_SEVENTEEN[draws].tolist()) == dict.fromkeys(range(7), 7)


def test_each_image_of_a_class_is_drawn_equally_often_give_or_take_one() -> None:
    labels = LABELS_OF_SEVENTEEN
    times = np.bincount(draw(labels, "upsampled", np.random.default_rng(0)))
    for label in range(7):
        of_class = times[labels == label]
        assert of_class.max() - of_class.min() <= 1
        assert of_class.min() >= 1


@pytest.mark.parametrize(
    ("counts", "largest", "draws"),
    [
        ((262, 411, 879, 92, 890, 5_364, 114), 5_364, 37_548),  # the reference's training side
        ((33, 51, 110, 12, 111, 670, 14), 670, 4_690),  # and its validation side
    ],
)
def test_the_references_sides_are_upsampled_to_its_counts(
    counts: tuple[int, ...], largest: int, draws: int
) -> None:
    labels = np.repeat(np.arange(7), counts)
    drawn = draw(labels, "upsampled", np.random.default_rng(0))
    assert len(drawn) == draws
    assert np.bincount(labels[drawn]).tolist() == [largest] * 7


def test_the_draws_are_shuffled_across_the_classes() -> None:
    labels = np.repeat(np.arange(7), 50)
    draws = labels[draw(labels, "upsampled", np.random.default_rng(0))]
    assert set(draws[:50].tolist()) == set(range(7))


def test_a_class_that_does_not_occur_is_left_out() -> None:
    labels = np.array([0, 0, 0, 5])
    assert sorted(draw(labels, "upsampled", np.random.default_rng(0))) == [0, 1, 2, 3, 3, 3]


def test_square_root_draws_by_hand() -> None:
    """One of the first class, four and nine of two others: 1 : 2 : 3 of fourteen draws."""
    labels = np.repeat([0, 2, 5], (1, 4, 9))
    assert draws_by_class(labels, "square-root").tolist() == [2, 0, 5, 0, 0, 7, 0]
    drawn = labels[draw(labels, "square-root", np.random.default_rng(0))]
    assert np.bincount(drawn, minlength=7).tolist() == [2, 0, 5, 0, 0, 7, 0]


def test_a_class_drawn_less_often_than_it_is_large_shows_others_in_the_next_epoch() -> None:
    labels = np.repeat([0, 5], (4, 100))
    rng = np.random.default_rng(0)
    epochs = [draw(labels, "square-root", rng) for _ in range(2)]
    assert all(len(set(epoch[epoch >= 4])) == 87 for epoch in epochs)
    assert set(epochs[0]) != set(epochs[1])


def test_the_training_prior_is_the_share_of_the_draws() -> None:
    labels = np.repeat([0, 2, 5], (1, 4, 9))
    assert training_prior(labels, "square-root") == pytest.approx(
        np.array([2, 0, 5, 0, 0, 7, 0]) / 14
    )
    assert training_prior(LABELS_OF_SEVENTEEN, "upsampled") == pytest.approx([1 / 7] * 7)
