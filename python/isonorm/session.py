"""Where the classes are that this package wraps, and sessions that have them."""

import os
from pathlib import Path

from pyspark.sql import SparkSession

# The fast kernels need the module; the logger keeps the native libraries' remarks off the console.
_OPTIONS = "--add-modules=jdk.incubator.vector -Dorg.bytedeco.javacpp.logger=slf4j"


def jar() -> str:
    """The path of isonorm.jar: what ISONORM_JAR names, or the one that came with this package.

    Raises FileNotFoundError, in one sentence with the remedy, if there is none.
    """
    named = os.environ.get("ISONORM_JAR")
    path = Path(named) if named else Path(__file__).parent / "jars" / "isonorm.jar"
    if not path.is_file():
        raise FileNotFoundError(
            f"Cannot find {path} (set ISONORM_JAR to isonorm.jar, or install this package with it:"
            " mvn -B package -DskipTests && pip install ./python)"
        )
    return str(path.resolve())


def with_jar(builder: SparkSession.Builder) -> SparkSession.Builder:
    """Names the jar to a session that is about to start, and Java's option for the fast kernels.

    The builder's other jars and Java options stay. A session that runs already is not changed.
    """
    options = builder._options
    jars = [each for each in str(options.get("spark.jars", "")).split(",") if each]
    builder.config("spark.jars", ",".join([*jars, jar()]))
    # Default options go before the user's own and replace none of them.
    for process in ("driver", "executor"):
        key = f"spark.{process}.defaultJavaOptions"
        builder.config(key, f"{options.get(key, '')} {_OPTIONS}".strip())
    return builder
