"""Isonorm for PySpark: convolutional networks, trained data-parallel on a Spark session.

>>> spark = isonorm.with_jar(SparkSession.builder.master("local[2]")).getOrCreate()
>>> model = isonorm.IsonormClassifier(labelCol="label", epochs=10).fit(images)
>>> model.transform(others).select("prediction")
"""

from isonorm.classification import (
    IsonormClassificationModel,
    IsonormClassifier,
    IsonormTrainingSummary,
)
from isonorm.session import jar, with_jar

__all__ = [
    "IsonormClassificationModel",
    "IsonormClassifier",
    "IsonormTrainingSummary",
    "jar",
    "with_jar",
]
