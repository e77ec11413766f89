from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from ml.artifact import ArtifactError
from ml.far_images import CHOOSING, REPORTING, far_images
from ml.image_statistics import image_statistics
from ml.in_distribution import InDistribution, Mahalanobis, Views, normalised, views
from ml.preprocessing import to_pixels
from tests.images import drawn_lesion

SIZE = 64


def photographs(rng: np.random.Generator, n: int) -> Views:
    """Two views, as normal distributions of 6 and 3 dimensions round the origin."""
    return rng.normal(size=(n, 6)), rng.normal(size=(n, 3))


@pytest.fixture(scope="module")
def fitted() -> InDistribution:
    rng = np.random.default_rng(0)
    labels = np.arange(2000) % 7
    return InDistribution.fit(photographs(rng, 2000), labels, photographs(rng, 1000))


def test_the_distance_by_hand() -> None:
    """Standard deviations 2 and 1, classes at (0, 0) and (10, 0)."""
    whitening = np.diag([0.5, 1.0])
    gaussian = Mahalanobis(np.array([[0.0, 0.0], [10.0, 0.0]]) @ whitening, whitening)
    points = np.array([[4.0, 0.0], [0.0, 2.0], [10.0, 3.0], [8.0, 0.0]])
    assert gaussian.distance(points).tolist() == pytest.approx([2, 2, 3, 1])


def test_fitting_finds_the_means_and_the_one_covariance() -> None:
    rng = np.random.default_rng(0)
    labels = np.arange(5000) % 2
    mixing = np.array([[2.0, 0.0], [1.0, 1.0]])  # a covariance of ((5, 1), (1, 1))
    means = np.array([[0.0, 0.0], [50.0, 0.0]])
    gaussian = Mahalanobis.fit(means[labels] + rng.normal(size=(5000, 2)) @ mixing, labels)
    offset = np.array([3.0, -1.0])
    expected = np.sqrt(offset @ np.linalg.inv(np.array([[5.0, 1.0], [1.0, 1.0]])) @ offset)
    assert gaussian.distance(means + offset) == pytest.approx([expected, expected], rel=0.05)


def test_fewer_photographs_than_dimensions_are_enough() -> None:
    rng = np.random.default_rng(0)
    gaussian = Mahalanobis.fit(rng.normal(size=(10, 40)), np.zeros(10, np.int64))
    assert gaussian.distance(np.full((1, 40), 9.0))[0] > gaussian.distance(np.zeros((1, 40)))[0]


def test_normalised_embeddings_keep_their_direction_alone() -> None:
    embeddings = np.array([[3.0, 4.0], [30.0, 40.0], [0.0, 0.0]])
    assert normalised(embeddings).tolist() == [[0.6, 0.8], [0.6, 0.8], [0, 0]]


def test_the_views_are_of_the_embedding_and_of_the_pixels() -> None:
    pixels = to_pixels(drawn_lesion(), SIZE)[None]
    embedding, statistics = views(np.array([[3.0, 4.0]]), pixels)
    assert embedding.tolist() == [[0.6, 0.8]]
    assert statistics.tolist() == image_statistics(pixels).tolist()


@pytest.mark.parametrize("refused", [0.05, 0.2])
def test_the_stated_share_of_held_out_lesions_is_refused(refused: float) -> None:
    rng = np.random.default_rng(1)
    held_out = photographs(rng, 1000)
    labels = np.arange(2000) % 7
    fitted = InDistribution.fit(photographs(rng, 2000), labels, held_out, refused)
    assert (fitted.score(held_out) < 0).mean() == pytest.approx(refused)


def test_about_as_many_are_refused_of_lesions_that_set_no_threshold(
    fitted: InDistribution,
) -> None:
    others = photographs(np.random.default_rng(2), 5000)
    assert (fitted.score(others) < 0).mean() == pytest.approx(0.05, abs=0.02)


def test_a_photograph_that_is_far_in_either_view_is_refused(fitted: InDistribution) -> None:
    near, far = np.zeros((1, 6)) + 1, np.zeros((1, 6)) + 20
    assert fitted.score((near, np.ones((1, 3))))[0] > 0
    assert fitted.score((far, np.ones((1, 3))))[0] < 0
    assert fitted.score((near, np.full((1, 3), 20.0)))[0] < 0


def test_two_doubts_add_up() -> None:
    """One view's 95 % limit is at distance 10 and a typical lesion at 1: log 10 away."""
    line = Mahalanobis(np.zeros((1, 1)), np.eye(1))
    limits = InDistribution((line, line), np.zeros(2), np.log([10.0, 10.0]), threshold=1.5)
    seen = (np.array([[10.0], [10.0], [1.0]]), np.array([[1.0], [10.0], [1.0]]))
    assert limits.distance(seen).tolist() == pytest.approx([1, 2, 0])
    assert limits.score(seen).tolist() == pytest.approx([0.5, -0.5, 1.5])


def test_saved_and_loaded_it_says_the_same(fitted: InDistribution, tmp_path: Path) -> None:
    fitted.save(tmp_path / "in_distribution")
    loaded = InDistribution.load(tmp_path / "in_distribution")
    others = photographs(np.random.default_rng(3), 50)
    assert loaded.score(others) == pytest.approx(fitted.score(others), abs=1e-4)
    assert loaded.gaussians[0].whitening.dtype == np.float32


@pytest.mark.parametrize(
    "damage", ["missing", "empty", "cut", "text", "array", "another", "pickle", "nan"]
)
def test_a_damaged_file_is_refused(fitted: InDistribution, tmp_path: Path, damage: str) -> None:
    path = tmp_path / "in_distribution.npz"
    fitted.save(path)
    whole = path.read_bytes()
    with np.load(path) as file:
        arrays = dict(file)
    match damage:
        case "missing":
            path.unlink()
        case "empty":
            path.write_bytes(b"")
        case "cut":
            path.write_bytes(whole[: len(whole) // 2])
        case "text":
            path.write_text("no arrays")
        case "array":
            path.unlink()
            with path.open("wb") as file:
                np.save(file, np.ones(3))
        case "another":
            np.savez(path, weights=np.ones(3))
        case "pickle":
            np.savez(path, **arrays | {"threshold": np.array([{}], object)})  # type: ignore[arg-type]
        case "nan":
            np.savez(path, **arrays | {"threshold": np.array(np.nan)})  # type: ignore[arg-type]
    with pytest.raises(ArtifactError, match=r"in_distribution\.npz"):
        InDistribution.load(path)


def test_scoring_needs_neither_tensorflow_nor_scikit_learn() -> None:
    program = (
        "import sys, ml.in_distribution as _; print({'tensorflow', 'sklearn'} & {*sys.modules})"
    )
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert answer.stdout.strip() == b"set()"


@pytest.fixture(scope="module")
def drawn() -> InDistribution:
    """Fitted on the statistics of drawn lesions alone."""
    seen = np.stack([to_pixels(drawn_lesion(seed, 200, 150), SIZE) for seed in range(80)])
    statistics = image_statistics(seen)
    return InDistribution.fit((statistics[:60],), np.zeros(60, np.int64), (statistics[60:],))


@pytest.mark.parametrize("kind", [*CHOOSING, *REPORTING])
def test_far_images_are_refused_by_their_statistics_alone(drawn: InDistribution, kind: str) -> None:
    pixels = np.stack([to_pixels(image, SIZE) for image in far_images(kind)])
    assert (drawn.score((image_statistics(pixels),)) < 0).all()
