"""The estimator and the model, on a real session."""

import os
import subprocess
from pathlib import Path
from typing import Any, List

import pytest
from pyspark.errors import IllegalArgumentException
from pyspark.ml import Pipeline, PipelineModel
from pyspark.ml.evaluation import MulticlassClassificationEvaluator
from pyspark.ml.feature import IndexToString, StringIndexer
from pyspark.ml.tuning import CrossValidator, CrossValidatorModel, ParamGridBuilder
from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql.functions import col, lit, when

from isonorm import IsonormClassificationModel, IsonormClassifier

ROOT = Path(__file__).resolve().parents[2]

# One in ten wrong would mean that nothing was learned.
LEARNED = 0.9


def classifier(**params: Any) -> IsonormClassifier:
    """A network as small as they come, for one epoch."""
    given = {"network": "resnet-8", "batchSize": 20, "epochs": 1, **params}
    return IsonormClassifier(**given).setSetting("network.width", 4)


def scores(model: Any, images: DataFrame) -> List[Row]:
    scored: DataFrame = model.transform(images)
    return scored.select("rawPrediction", "probability", "prediction").collect()


def test_every_param_is_that_of_java(spark: SparkSession) -> None:
    ours = IsonormClassifier()
    java: Any = spark._jvm.org.isonorm.spark.ml.IsonormClassifier()  # type: ignore[union-attr]
    assert [param.name for param in ours.params] == [param.name() for param in java.params()]
    for param in ours.params:
        theirs = java.getParam(param.name)
        assert param.doc == theirs.doc()
        default = ours.getOrDefault(param)
        assert default == plain(java.getOrDefault(theirs)), param.name

        value: Any = {str: "a", int: 3, float: 0.5, list: ["a=1"]}[type(default)]
        value = [4, 5, 3] if param.name == "imageShape" else value
        name = param.name[0].upper() + param.name[1:]
        getattr(ours, f"set{name}")(value)
        assert getattr(ours, f"get{name}")() == value
    ours._transfer_params_to_java()
    sent: Any = ours._java_obj
    for param in ours.params:
        assert plain(sent.getOrDefault(sent.getParam(param.name))) == ours.getOrDefault(param)


def plain(value: Any) -> Any:
    """Java's arrays as lists."""
    return value if isinstance(value, (str, int, float)) else list(value)


def test_a_pipeline_learns_is_saved_and_scores_the_same_when_loaded(
    images: DataFrame, tmp_path: Path
) -> None:
    indexer = StringIndexer(inputCol="label", outputCol="number", stringOrderType="alphabetDesc")
    trainer = classifier(labelCol="number", epochs=3, validationFraction=0.1)
    names = IndexToString(inputCol="prediction", outputCol="name")
    fitted = Pipeline(stages=[indexer, trainer, names]).fit(images)
    scored = fitted.transform(images).select("label", "name", "probability").collect()
    right = sum(row.label == row.name for row in scored)
    assert right / len(scored) > LEARNED

    model: Any = fitted.stages[1]
    # StringIndexer's names, in its order.
    assert model.classNames == ["dark", "bright"]
    assert model.numClasses == 2
    assert model.summary.totalIterations == 3
    assert len(model.summary.objectiveHistory) == 3
    metrics = model.summary.metrics.select("epoch", "examplesSeen").collect()
    assert metrics == [Row(epoch=i, examplesSeen=90 * i) for i in (1, 2, 3)]
    assert model.summary.evaluation["split"] == "validation"
    assert model.summary.evaluation["examples"] == 10

    fitted.save(str(tmp_path / "model"))
    loaded = PipelineModel.load(str(tmp_path / "model"))
    assert loaded.transform(images).select("label", "name", "probability").collect() == scored
    again: Any = loaded.stages[1]
    assert isinstance(again, IsonormClassificationModel)
    assert again.uid == model.uid
    assert again.getHandleInvalid() == "error"
    with pytest.raises(RuntimeError, match="Cannot give a training summary: this model was loaded"):
        again.summary


def test_python_java_and_the_command_line_agree_to_the_last_digit(
    spark: SparkSession, images: DataFrame, photos: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    ours = classifier(seed=7, learningRate=0.05, initGamma=0.8)
    model = ours.copy().setImagesFolder(str(tmp_path / "images")).setRunFolder(str(run)).fit(images)
    scored = scores(model, images)

    java: Any = spark._jvm.org.isonorm.spark.ml.IsonormClassifier()  # type: ignore[union-attr]
    java.setNetwork("resnet-8").setBatchSize(20).setEpochs(1).setSetting("network.width", 4)
    java.setSeed(7).setLearningRate(0.05).setInitGamma(0.8)
    by_java = java.fit(images._jdf).transform(images._jdf)
    assert DataFrame(by_java, spark).select(*scored[0].asDict()).collect() == scored

    # The run's resolved configuration, in a process of its own.
    again = tmp_path / "again"
    isonorm("train", "--config", run / "config.conf", "--output", again)
    out = tmp_path / "predictions"
    isonorm("predict", "--run", again, "--input", photos, "--out", out, "--top", 2)
    by_command = spark.read.parquet(str(out)).sort("path").collect()
    names = model.classNames
    assert [names.index(row.prediction) for row in by_command] == [
        row.prediction for row in scored
    ]
    assert [row.probability for row in by_command] == [max(row.probability) for row in scored]

    # And what the command line wrote is a model here.
    file = again / "model.zip"
    assert scores(IsonormClassificationModel.ofModelFile(str(file)), images) == scored


def isonorm(*arguments: Any) -> None:
    command = [str(ROOT / "bin" / "isonorm"), *map(str, arguments)]
    short = {**os.environ, "ISONORM_JAVA_OPTIONS": "-XX:TieredStopAtLevel=1"}
    done = subprocess.run(command, env=short, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_cross_validation_chooses_a_rate(images: DataFrame, tmp_path: Path) -> None:
    rows = images.withColumn("label", when(col("label") == "dark", 1).otherwise(0))
    trainer = classifier(epochs=2)
    # A rate of nothing learns nothing.
    grid = ParamGridBuilder().addGrid(trainer.learningRate, [1e-9, 0.1]).build()
    # PySpark's types know no logLoss.
    loss: Any = "logLoss"
    evaluator = MulticlassClassificationEvaluator(metricName=loss)
    validator = CrossValidator(
        estimator=trainer, estimatorParamMaps=grid, evaluator=evaluator, numFolds=2, seed=1
    )
    chosen = validator.fit(rows)
    assert chosen.avgMetrics[1] < chosen.avgMetrics[0]
    chosen.save(str(tmp_path / "chosen"))
    loaded = CrossValidatorModel.load(str(tmp_path / "chosen"))
    assert isinstance(loaded.bestModel, IsonormClassificationModel)
    assert loaded.avgMetrics == chosen.avgMetrics
    assert scores(loaded, rows) == scores(chosen, rows)


def test_an_estimator_is_copied_explained_and_saved(images: DataFrame, tmp_path: Path) -> None:
    trainer = classifier(learningRate=0.03, imageShape=[4, 4, 3], seed=5)
    trainer.setSetting("augmentation.flip", False)
    assert (
        "learningRate: learning rate before the schedule (default: 0.1, current: 0.03)"
        in trainer.explainParams()
    )
    copied = trainer.copy({trainer.epochs: 9})
    assert (copied.getEpochs(), trainer.getEpochs()) == (9, 1)
    trainer.save(str(tmp_path / "estimator"))
    loaded = IsonormClassifier.load(str(tmp_path / "estimator"))
    assert loaded.uid == trainer.uid
    assert loaded.getSettings() == ["network.width=4", "augmentation.flip=false"]
    assert {p.name: v for p, v in loaded.extractParamMap().items()} == {
        p.name: v for p, v in trainer.extractParamMap().items()
    }


def test_bad_input_is_refused_in_javas_words(images: DataFrame) -> None:
    for rows, trainer, sentence in (
        (
            images.withColumn("image", lit(1.5)),
            classifier(),
            "Invalid column image: it is of type double (must be the bytes of image files, a struct"
            ' with them in bytes, what spark.read().format("image") makes, or an array of numbers'
            " with its shape)",
        ),
        (
            images.filter("label = 'dark'"),
            classifier(),
            "Cannot ingest the DataFrame: it has 1 class (must be 2 to 32767)",
        ),
        (
            images.limit(0),
            classifier(),
            "Cannot ingest the DataFrame: it has no training images (must have a row at least)",
        ),
        (
            images,
            classifier(workers=3, batchSize=30),
            "Invalid averaging.workers: 3 (local[2] has 2 task slots; set averaging.workers to at"
            " most 2, or give Spark more, as in --master local[3])",
        ),
        (
            images,
            classifier(learningRate=-1.0),
            "Invalid optimizer.learning-rate: -1 (must be > 0 and finite) in RunSettings.with",
        ),
    ):
        with pytest.raises(IllegalArgumentException) as refused:
            trainer.fit(rows)
        assert str(refused.value) == sentence
