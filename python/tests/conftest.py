"""What the tests share: one session, and images of two classes that one look tells apart."""

from pathlib import Path
from random import Random
from typing import Iterator

import pytest
from PIL import Image
from pyspark.sql import DataFrame, SparkSession

import isonorm

SIDE = 16


@pytest.fixture(scope="session")
def spark() -> Iterator[SparkSession]:
    builder = (
        SparkSession.builder.master("local[2]")
        .appName("isonorm-python-tests")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.sql.shuffle.partitions", "2")
        # Sessions this short end before the second compiler's work has paid.
        .config("spark.driver.extraJavaOptions", "-XX:TieredStopAtLevel=1")
    )
    session = isonorm.with_jar(builder).getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()


@pytest.fixture(scope="session")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a folder of PNG files for each of two classes: bright and dark squares."""
    folder = tmp_path_factory.mktemp("photos")
    random = Random(1)
    for i in range(100):
        bright = i % 2 == 0
        image = Image.new("RGB", (SIDE, SIDE))
        left = random.randrange(SIDE // 2)
        for y in range(SIDE):
            for x in range(SIDE):
                inside = left <= x < left + SIDE // 2 and SIDE // 4 <= y < 3 * SIDE // 4
                level = ((200 if bright else 20) if inside else 110) + random.randrange(30)
                image.putpixel((x, y), (level, level, min(255, level + 20)))
        of_class = folder / ("bright" if bright else "dark")
        of_class.mkdir(exist_ok=True)
        image.save(of_class / f"{i:03}.png")
    return folder


@pytest.fixture(scope="session")
def images(spark: SparkSession, photos: Path) -> DataFrame:
    """The same as rows of encoded images and the names of their classes, always in one order."""
    return (
        spark.read.format("binaryFile")
        .option("recursiveFileLookup", "true")
        .load(str(photos))
        .selectExpr("path", "content as image", "element_at(split(path, '/'), -2) as label")
        .coalesce(1)
        .sort("path")
    )
