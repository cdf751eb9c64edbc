"""From a folder of images to predictions; in cells, as notebooks have them.

    python python/examples/photos.py PHOTOS MODEL

PHOTOS has a folder of images for every class; MODEL is a new folder for the model.
"""

# %% What is read and what is written
import sys

photos, saved = sys.argv[1:3]

# %% From images to a model that is saved, loaded and asked
# README: Python
from pyspark.ml import Pipeline, PipelineModel
from pyspark.ml.evaluation import MulticlassClassificationEvaluator
from pyspark.ml.feature import IndexToString, StringIndexer
from pyspark.sql import SparkSession
import isonorm

spark = isonorm.with_jar(SparkSession.builder.master("local[2]")).getOrCreate()
images = (
    spark.read.format("binaryFile")
    .option("recursiveFileLookup", "true")
    .load(photos)
    .selectExpr("content as image", "element_at(split(path, '/'), -2) as class")
)
training, test = images.randomSplit([0.8, 0.2], 1)
indexer = StringIndexer(inputCol="class", outputCol="label")
classifier = isonorm.IsonormClassifier(network="resnet-8", imageSize=16, epochs=5, batchSize=16)
names = IndexToString(inputCol="prediction", outputCol="guess")
model = Pipeline(stages=[indexer, classifier, names]).fit(training)
model.save(saved)
scored = PipelineModel.load(saved).transform(test)
scored.select("class", "guess", "probability").show()
accuracy = MulticlassClassificationEvaluator(metricName="accuracy").evaluate(scored)
# README

# %% How it was trained, by epoch
model.stages[1].summary.metrics.show()
print(f"accuracy {accuracy:.4f}")
