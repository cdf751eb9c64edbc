package org.isonorm.example

import java.nio.file.Files

import org.isonorm.spark.train.LocalSpark
import org.scalatest.funsuite.AnyFunSuite

/** From a folder of images to predictions by Spark ML; README shows what is between the marks. */
class PhotosSuite extends AnyFunSuite {
  test("the Scala example runs") {
    val spark = LocalSpark.session
    val folder = Files.createTempDirectory("isonorm")
    val photos = Discs.folder(folder.resolve("photos"), 100).toString
    val saved = folder.resolve("model").toString

    // README: Scala
    import org.apache.spark.ml.{Pipeline, PipelineModel}
    import org.apache.spark.ml.evaluation.MulticlassClassificationEvaluator
    import org.apache.spark.ml.feature.{IndexToString, StringIndexer}
    import org.isonorm.spark.ml.IsonormClassifier

    val images = spark.read
      .format("binaryFile")
      .option("recursiveFileLookup", "true")
      .load(photos)
      .selectExpr("content as image", "element_at(split(path, '/'), -2) as class")
    val Array(training, test) = images.randomSplit(Array(0.8, 0.2), 1)
    val indexer = new StringIndexer().setInputCol("class").setOutputCol("label")
    val classifier = new IsonormClassifier()
      .setNetwork("resnet-8")
      .setImageSize(16)
      .setEpochs(5)
      .setBatchSize(16)
    val names = new IndexToString().setInputCol("prediction").setOutputCol("guess")
    val model = new Pipeline().setStages(Array(indexer, classifier, names)).fit(training)
    model.write.save(saved)
    val scored = PipelineModel.load(saved).transform(test)
    scored.select("class", "guess", "probability").show()
    val accuracy =
      new MulticlassClassificationEvaluator().setMetricName("accuracy").evaluate(scored)
    // README

    assert(accuracy > Discs.LEARNED)
  }
}
