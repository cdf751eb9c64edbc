"""The estimator and the model, as pyspark.ml has its own: each wraps a Java object."""

import sys
from typing import Any, Dict, List, Optional, Type

from py4j.java_gateway import JavaObject, JavaPackage
from pyspark import SparkContext, keyword_only
from pyspark.ml.common import inherit_doc
from pyspark.ml.param import Param, Params, TypeConverters
from pyspark.ml.param.shared import (
    HasFeaturesCol,
    HasHandleInvalid,
    HasLabelCol,
    HasPredictionCol,
    HasProbabilityCol,
    HasRawPredictionCol,
    HasSeed,
)
from pyspark.ml.util import JavaMLReadable, JavaMLReader, JavaMLWritable
from pyspark.ml.wrapper import JavaEstimator, JavaModel, JavaWrapper
from pyspark.sql import DataFrame

_PACKAGE = "org.isonorm.spark.ml"


def _java_class(name: str) -> Any:
    """A class of Isonorm's jar, if there is a session and it has the jar."""
    context = SparkContext._active_spark_context
    remedy = "isonorm.with_jar(SparkSession.builder).getOrCreate()"
    if context is None:
        raise RuntimeError(f"Cannot use {name}: there is no Spark session (start one by {remedy})")
    java: Any = context._jvm
    for part in f"{_PACKAGE}.{name}".split("."):
        java = getattr(java, part)
    # py4j takes a name that no class has for a package.
    if isinstance(java, JavaPackage):
        raise RuntimeError(
            f"Cannot use {name}: this Spark session is without isonorm.jar (stop it and start one"
            f" by {remedy}, or with --jars isonorm.jar)"
        )
    return java


class _Reader(JavaMLReader[Any]):
    """Reads what the Java class of the same name wrote."""

    @classmethod
    def _load_java_obj(cls, clazz: Type[Any]) -> Any:
        return _java_class(clazz.__name__)


class _ImageParams(
    HasFeaturesCol,
    HasLabelCol,
    HasPredictionCol,
    HasProbabilityCol,
    HasRawPredictionCol,
    HasHandleInvalid,
):
    """Params of estimator and model; what they say is what Java's say."""

    featuresCol: "Param[str]" = Param(
        Params._dummy(),
        "featuresCol",
        "column of images: of Spark's image schema, encoded bytes, a struct with a field "
        "bytes, or arrays or vectors of numbers from 0 to 255 (see imageShape)",
        typeConverter=TypeConverters.toString,
    )
    labelCol: "Param[str]" = Param(
        Params._dummy(),
        "labelCol",
        "column of labels: whole numbers from 0, as StringIndexer's, or text",
        typeConverter=TypeConverters.toString,
    )
    predictionCol: "Param[str]" = Param(
        Params._dummy(),
        "predictionCol",
        "column made of the most probable classes; '' leaves it out",
        typeConverter=TypeConverters.toString,
    )
    probabilityCol: "Param[str]" = Param(
        Params._dummy(),
        "probabilityCol",
        "column made of every class's probability; '' leaves it out",
        typeConverter=TypeConverters.toString,
    )
    rawPredictionCol: "Param[str]" = Param(
        Params._dummy(),
        "rawPredictionCol",
        "column made of every class's logit; '' leaves it out",
        typeConverter=TypeConverters.toString,
    )
    imageShape: "Param[List[int]]" = Param(
        Params._dummy(),
        "imageShape",
        "height, width and channels (1 to 4) of images that are arrays or vectors, row-major",
        typeConverter=TypeConverters.toListInt,
    )

    handleInvalid: "Param[str]" = Param(
        Params._dummy(),
        "handleInvalid",
        "what the model does with an image that is null or cannot be read: error, skip (leave the"
        " row out) or keep (with null predictions); fitting refuses such",
        typeConverter=TypeConverters.toString,
    )

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._setDefault(
            featuresCol="image",
            labelCol="label",
            predictionCol="prediction",
            probabilityCol="probability",
            rawPredictionCol="rawPrediction",
            imageShape=[],
            handleInvalid="error",
        )

    def getImageShape(self) -> List[int]:
        """Gets the value of imageShape or its default."""
        return self.getOrDefault(self.imageShape)


class _ClassifierParams(_ImageParams, HasSeed):
    """Params of the estimator."""

    imageSize: "Param[int]" = Param(
        Params._dummy(),
        "imageSize",
        "pixels a side of the squares that images are resized to; 0 leaves them as they are, which"
        " must then be of one size",
        typeConverter=TypeConverters.toInt,
    )
    imageWidth: "Param[int]" = Param(
        Params._dummy(),
        "imageWidth",
        "columns that images are resized to where they are to be no squares, imageSize being their"
        " rows; 0 for squares",
        typeConverter=TypeConverters.toInt,
    )
    imageChannels: "Param[int]" = Param(
        Params._dummy(),
        "imageChannels",
        "channels that images are kept with: 1 makes colours grey, 3 makes grey three equal"
        " channels, 4 keeps transparency, 2 is for arrays of two; 0 for those of the first image",
        typeConverter=TypeConverters.toInt,
    )
    network: "Param[str]" = Param(
        Params._dummy(),
        "network",
        "network, such as resnet-20, vgg-19 or densenet-100",
        typeConverter=TypeConverters.toString,
    )
    initGamma: "Param[float]" = Param(
        Params._dummy(),
        "initGamma",
        "gamma of the initialization's rule: below 1 for a large learning rate, above 1 for a"
        " small one",
        typeConverter=TypeConverters.toFloat,
    )
    initRule: "Param[str]" = Param(
        Params._dummy(),
        "initRule",
        "rule of the initial weights, such as bn-gamma",
        typeConverter=TypeConverters.toString,
    )
    learningRate: "Param[float]" = Param(
        Params._dummy(),
        "learningRate",
        "learning rate before the schedule",
        typeConverter=TypeConverters.toFloat,
    )
    epochs: "Param[int]" = Param(
        Params._dummy(),
        "epochs",
        "passes over the training rows",
        typeConverter=TypeConverters.toInt,
    )
    batchSize: "Param[int]" = Param(
        Params._dummy(),
        "batchSize",
        "examples a step of all workers together; a multiple of workers",
        typeConverter=TypeConverters.toInt,
    )
    workers: "Param[int]" = Param(
        Params._dummy(),
        "workers",
        "workers that train in parallel, each in a task slot of its own",
        typeConverter=TypeConverters.toInt,
    )
    averagingFrequency: "Param[int]" = Param(
        Params._dummy(),
        "averagingFrequency",
        "local steps of each worker between two averages",
        typeConverter=TypeConverters.toInt,
    )
    validationCol: "Param[str]" = Param(
        Params._dummy(),
        "validationCol",
        "column of booleans: true for rows that choose the best epoch and do not train",
        typeConverter=TypeConverters.toString,
    )
    validationFraction: "Param[float]" = Param(
        Params._dummy(),
        "validationFraction",
        "share of the rows, drawn by a seed, that choose the best epoch and do not train; 0 takes"
        " the last epoch",
        typeConverter=TypeConverters.toFloat,
    )
    seed: "Param[int]" = Param(
        Params._dummy(),
        "seed",
        "seed of every random draw",
        typeConverter=TypeConverters.toInt,
    )
    settings: "Param[List[str]]" = Param(
        Params._dummy(),
        "settings",
        "further keys of the configuration, each as key=value, such as"
        " optimizer.weight-decay=1e-4; a Param that is set goes before them",
        typeConverter=TypeConverters.toListString,
    )
    imagesFolder: "Param[str]" = Param(
        Params._dummy(),
        "imagesFolder",
        "new folder in which the images are kept as an ingested data set, which every executor"
        " must reach; '' for a temporary one on the default file system",
        typeConverter=TypeConverters.toString,
    )
    runFolder: "Param[str]" = Param(
        Params._dummy(),
        "runFolder",
        "new folder in which the run is kept: metrics, checkpoints, report; '' for a temporary one",
        typeConverter=TypeConverters.toString,
    )

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._setDefault(
            imageSize=0,
            imageWidth=0,
            imageChannels=0,
            network="resnet-20",
            initGamma=0.4,
            initRule="bn-gamma",
            learningRate=0.1,
            epochs=200,
            batchSize=128,
            workers=2,
            averagingFrequency=1,
            validationCol="",
            validationFraction=0.0,
            seed=1,
            settings=[],
            imagesFolder="",
            runFolder="",
        )


@inherit_doc
class IsonormClassifier(
    JavaEstimator["IsonormClassificationModel"],
    _ClassifierParams,
    JavaMLWritable,
    JavaMLReadable["IsonormClassifier"],
):
    """Trains a convolutional network data-parallel on the images of a DataFrame.

    Images are of Spark's image schema, encoded bytes, a struct with a field ``bytes``, or arrays
    or vectors of numbers from 0 to 255. The same settings, seed and order of rows give the same
    bits as ``isonorm train``.
    """

    _input_kwargs: Dict[str, Any]

    @keyword_only
    def __init__(
        self,
        *,
        featuresCol: str = "image",
        labelCol: str = "label",
        predictionCol: str = "prediction",
        probabilityCol: str = "probability",
        rawPredictionCol: str = "rawPrediction",
        imageShape: Optional[List[int]] = None,
        handleInvalid: str = "error",
        imageSize: int = 0,
        imageWidth: int = 0,
        imageChannels: int = 0,
        network: str = "resnet-20",
        initGamma: float = 0.4,
        initRule: str = "bn-gamma",
        learningRate: float = 0.1,
        epochs: int = 200,
        batchSize: int = 128,
        workers: int = 2,
        averagingFrequency: int = 1,
        validationCol: str = "",
        validationFraction: float = 0.0,
        seed: int = 1,
        settings: Optional[List[str]] = None,
        imagesFolder: str = "",
        runFolder: str = "",
    ) -> None:
        super().__init__()
        self._java_obj = _java_class("IsonormClassifier")(self.uid)
        self.setParams(**self._input_kwargs)

    @keyword_only
    def setParams(self, **kwargs: Any) -> "IsonormClassifier":
        """Sets Params by keyword."""
        return self._set(**self._input_kwargs)

    def _create_model(self, java_model: JavaObject) -> "IsonormClassificationModel":
        return IsonormClassificationModel(java_model)

    @classmethod
    def read(cls) -> _Reader:
        """Reads an estimator that was saved."""
        return _Reader(cls)

    def setFeaturesCol(self, value: str) -> "IsonormClassifier":
        """Sets the value of featuresCol."""
        return self._set(featuresCol=value)

    def setLabelCol(self, value: str) -> "IsonormClassifier":
        """Sets the value of labelCol."""
        return self._set(labelCol=value)

    def setPredictionCol(self, value: str) -> "IsonormClassifier":
        """Sets the value of predictionCol."""
        return self._set(predictionCol=value)

    def setProbabilityCol(self, value: str) -> "IsonormClassifier":
        """Sets the value of probabilityCol."""
        return self._set(probabilityCol=value)

    def setRawPredictionCol(self, value: str) -> "IsonormClassifier":
        """Sets the value of rawPredictionCol."""
        return self._set(rawPredictionCol=value)

    def setHandleInvalid(self, value: str) -> "IsonormClassifier":
        """Sets the value of handleInvalid."""
        return self._set(handleInvalid=value)

    def setImageShape(self, value: List[int]) -> "IsonormClassifier":
        """Sets the value of imageShape."""
        return self._set(imageShape=value)

    def setImageSize(self, value: int) -> "IsonormClassifier":
        """Sets the value of imageSize."""
        return self._set(imageSize=value)

    def setImageWidth(self, value: int) -> "IsonormClassifier":
        """Sets the value of imageWidth."""
        return self._set(imageWidth=value)

    def setImageChannels(self, value: int) -> "IsonormClassifier":
        """Sets the value of imageChannels."""
        return self._set(imageChannels=value)

    def setNetwork(self, value: str) -> "IsonormClassifier":
        """Sets the value of network."""
        return self._set(network=value)

    def setInitGamma(self, value: float) -> "IsonormClassifier":
        """Sets the value of initGamma."""
        return self._set(initGamma=value)

    def setInitRule(self, value: str) -> "IsonormClassifier":
        """Sets the value of initRule."""
        return self._set(initRule=value)

    def setLearningRate(self, value: float) -> "IsonormClassifier":
        """Sets the value of learningRate."""
        return self._set(learningRate=value)

    def setEpochs(self, value: int) -> "IsonormClassifier":
        """Sets the value of epochs."""
        return self._set(epochs=value)

    def setBatchSize(self, value: int) -> "IsonormClassifier":
        """Sets the value of batchSize."""
        return self._set(batchSize=value)

    def setWorkers(self, value: int) -> "IsonormClassifier":
        """Sets the value of workers."""
        return self._set(workers=value)

    def setAveragingFrequency(self, value: int) -> "IsonormClassifier":
        """Sets the value of averagingFrequency."""
        return self._set(averagingFrequency=value)

    def setValidationCol(self, value: str) -> "IsonormClassifier":
        """Sets the value of validationCol."""
        return self._set(validationCol=value)

    def setValidationFraction(self, value: float) -> "IsonormClassifier":
        """Sets the value of validationFraction."""
        return self._set(validationFraction=value)

    def setSeed(self, value: int) -> "IsonormClassifier":
        """Sets the value of seed."""
        return self._set(seed=value)

    def setSettings(self, value: List[str]) -> "IsonormClassifier":
        """Sets the value of settings."""
        return self._set(settings=value)

    def setSetting(self, key: str, value: Any) -> "IsonormClassifier":
        """Adds a key of the configuration to settings."""
        text = str(value).lower() if isinstance(value, bool) else value
        return self._set(settings=[*self.getSettings(), f"{key}={text}"])

    def setImagesFolder(self, value: str) -> "IsonormClassifier":
        """Sets the value of imagesFolder."""
        return self._set(imagesFolder=value)

    def setRunFolder(self, value: str) -> "IsonormClassifier":
        """Sets the value of runFolder."""
        return self._set(runFolder=value)

    def getImageSize(self) -> int:
        """Gets the value of imageSize or its default."""
        return self.getOrDefault(self.imageSize)

    def getImageWidth(self) -> int:
        """Gets the value of imageWidth or its default."""
        return self.getOrDefault(self.imageWidth)

    def getImageChannels(self) -> int:
        """Gets the value of imageChannels or its default."""
        return self.getOrDefault(self.imageChannels)

    def getNetwork(self) -> str:
        """Gets the value of network or its default."""
        return self.getOrDefault(self.network)

    def getInitGamma(self) -> float:
        """Gets the value of initGamma or its default."""
        return self.getOrDefault(self.initGamma)

    def getInitRule(self) -> str:
        """Gets the value of initRule or its default."""
        return self.getOrDefault(self.initRule)

    def getLearningRate(self) -> float:
        """Gets the value of learningRate or its default."""
        return self.getOrDefault(self.learningRate)

    def getEpochs(self) -> int:
        """Gets the value of epochs or its default."""
        return self.getOrDefault(self.epochs)

    def getBatchSize(self) -> int:
        """Gets the value of batchSize or its default."""
        return self.getOrDefault(self.batchSize)

    def getWorkers(self) -> int:
        """Gets the value of workers or its default."""
        return self.getOrDefault(self.workers)

    def getAveragingFrequency(self) -> int:
        """Gets the value of averagingFrequency or its default."""
        return self.getOrDefault(self.averagingFrequency)

    def getValidationCol(self) -> str:
        """Gets the value of validationCol or its default."""
        return self.getOrDefault(self.validationCol)

    def getValidationFraction(self) -> float:
        """Gets the value of validationFraction or its default."""
        return self.getOrDefault(self.validationFraction)

    def getSettings(self) -> List[str]:
        """Gets the value of settings or its default."""
        return self.getOrDefault(self.settings)

    def getImagesFolder(self) -> str:
        """Gets the value of imagesFolder or its default."""
        return self.getOrDefault(self.imagesFolder)

    def getRunFolder(self) -> str:
        """Gets the value of runFolder or its default."""
        return self.getOrDefault(self.runFolder)


class IsonormTrainingSummary(JavaWrapper):
    """How a model was trained."""

    @property
    def metrics(self) -> DataFrame:
        """A row an epoch; the columns of validation are null without any."""
        metrics: DataFrame = self._call_java("metrics")
        return metrics

    @property
    def objectiveHistory(self) -> List[float]:
        """Mean training loss of every epoch."""
        return list(self._call_java("objectiveHistory"))

    @property
    def totalIterations(self) -> int:
        """Epochs that were trained."""
        return int(self._call_java("totalIterations"))

    @property
    def evaluation(self) -> Dict[str, Any]:
        """The evaluation of the rows kept for validation, or without any of those that trained."""
        java = self._call_java("evaluation")
        return {
            "split": java.split(),
            "examples": java.examples(),
            "loss": java.loss(),
            "top1Accuracy": java.top1Accuracy(),
            "top5Accuracy": java.top5Accuracy(),
        }


@inherit_doc
class IsonormClassificationModel(
    JavaModel,
    _ImageParams,
    JavaMLWritable,
    JavaMLReadable["IsonormClassificationModel"],
):
    """A trained network: adds to every row what it says of the row's image."""

    @classmethod
    def read(cls) -> _Reader:
        """Reads a model that was saved."""
        return _Reader(cls)

    @classmethod
    def ofModelFile(cls, file: str) -> "IsonormClassificationModel":
        """The model in a model.zip that ``isonorm train`` wrote."""
        return cls(_java_class("IsonormClassificationModel").ofModelFile(file))

    @property
    def classNames(self) -> List[str]:
        """Names of the classes, by the number that a prediction is."""
        return list(self._call_java("classNames"))

    @property
    def numClasses(self) -> int:
        """Number of classes."""
        return int(self._call_java("numClasses"))

    @property
    def hasSummary(self) -> bool:
        """Whether it was fitted in this process, and so knows how."""
        return bool(self._call_java("hasSummary"))

    @property
    def summary(self) -> IsonormTrainingSummary:
        """How it was trained; RuntimeError in one sentence if it was loaded."""
        if not self.hasSummary:
            raise RuntimeError(
                "Cannot give a training summary: this model was loaded"
                " (only one that fit returned has it)"
            )
        return IsonormTrainingSummary(self._call_java("summary"))

    def setFeaturesCol(self, value: str) -> "IsonormClassificationModel":
        """Sets the value of featuresCol."""
        return self._set(featuresCol=value)

    def setPredictionCol(self, value: str) -> "IsonormClassificationModel":
        """Sets the value of predictionCol."""
        return self._set(predictionCol=value)

    def setProbabilityCol(self, value: str) -> "IsonormClassificationModel":
        """Sets the value of probabilityCol."""
        return self._set(probabilityCol=value)

    def setRawPredictionCol(self, value: str) -> "IsonormClassificationModel":
        """Sets the value of rawPredictionCol."""
        return self._set(rawPredictionCol=value)

    def setHandleInvalid(self, value: str) -> "IsonormClassificationModel":
        """Sets the value of handleInvalid."""
        return self._set(handleInvalid=value)

    def setImageShape(self, value: List[int]) -> "IsonormClassificationModel":
        """Sets the value of imageShape."""
        return self._set(imageShape=value)


# pyspark looks for the Python class of a Java stage by the Java class's own name.
sys.modules[_PACKAGE] = sys.modules[__name__]
