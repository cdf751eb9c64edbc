"""Where the jar is found, and what is said where it is not."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from pyspark import SparkContext
from pyspark.sql import SparkSession

import isonorm
from isonorm import classification

PYTHON = Path(__file__).resolve().parents[1]


def test_the_jar_is_what_the_variable_names(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    jar = tmp_path / "other.jar"
    jar.touch()
    monkeypatch.setenv("ISONORM_JAR", str(jar))
    assert isonorm.jar() == str(jar)
    builder = SparkSession.Builder().config("spark.jars", "a.jar")
    builder.config("spark.driver.defaultJavaOptions", "-Da=b")
    options = isonorm.with_jar(builder)._options
    assert options["spark.jars"] == f"a.jar,{jar}"
    assert options["spark.driver.defaultJavaOptions"].startswith("-Da=b --add-modules=")
    assert options["spark.executor.defaultJavaOptions"].startswith("--add-modules=")


def test_a_jar_that_is_missing_is_named_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ISONORM_JAR", "/nowhere/isonorm.jar")
    with pytest.raises(FileNotFoundError) as missing:
        isonorm.jar()
    assert str(missing.value) == (
        "Cannot find /nowhere/isonorm.jar (set ISONORM_JAR to isonorm.jar, or install this package"
        " with it: mvn -B package -DskipTests && pip install ./python)"
    )


def test_a_session_without_the_jar_is_told_so(
    spark: SparkSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(classification, "_PACKAGE", "org.isonorm.absent")
    for use in (isonorm.IsonormClassifier, isonorm.IsonormClassifier.read):
        with pytest.raises(RuntimeError) as without:
            use()
        assert str(without.value) == (
            "Cannot use IsonormClassifier: this Spark session is without isonorm.jar (stop it and"
            " start one by isonorm.with_jar(SparkSession.builder).getOrCreate(), or with --jars"
            " isonorm.jar)"
        )
    monkeypatch.setattr(SparkContext, "_active_spark_context", None)
    with pytest.raises(RuntimeError, match="there is no Spark session"):
        isonorm.IsonormClassifier()


def test_a_wheel_holds_the_jar_and_says_that_it_is_typed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    jar = tmp_path / "small.jar"
    jar.write_text("a jar")
    monkeypatch.setenv("ISONORM_JAR", str(jar))
    source = tmp_path / "source"
    shutil.copytree(PYTHON / "isonorm", source / "isonorm")
    for file in ("pyproject.toml", "setup.py", "README.md"):
        shutil.copy(PYTHON / file, source)
    build = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation"]
    subprocess.run([*build, "-w", str(tmp_path), str(source)], check=True)
    (wheel,) = tmp_path.glob("isonorm-*-py3-none-any.whl")
    with zipfile.ZipFile(wheel) as files:
        assert files.read("isonorm/jars/isonorm.jar") == b"a jar"
        assert {"isonorm/py.typed", "isonorm/classification.py"} <= set(files.namelist())
