"""What people copy is what runs."""

import runpy
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

ROOT = Path(__file__).resolve().parents[2]
PHOTOS = ROOT / "python" / "examples" / "photos.py"
LEARNED = 0.9


def test_the_example_runs(
    spark: SparkSession, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", [str(PHOTOS), str(photos), str(tmp_path / "model")])
    assert runpy.run_path(str(PHOTOS))["accuracy"] > LEARNED
