package org.isonorm.example;

import java.io.IOException;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.evaluation.MulticlassClassificationEvaluator;
import org.apache.spark.ml.feature.IndexToString;
import org.apache.spark.ml.feature.StringIndexer;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.isonorm.spark.ml.IsonormClassifier;

/** From a folder of images to predictions by Spark ML; README shows what is between the marks. */
final class PhotosPipeline {
  private PhotosPipeline() {}

  /**
   * Trains, and saves the model.
   *
   * @param photos a folder with a folder of images for every class
   * @return the share of a fifth of the images, held out, that it classifies right
   */
  static double run(SparkSession spark, String photos, String saved) throws IOException {
    // README: Java
    Dataset<Row> images =
        spark
            .read()
            .format("binaryFile")
            .option("recursiveFileLookup", "true")
            .load(photos)
            .selectExpr("content as image", "element_at(split(path, '/'), -2) as class");
    Dataset<Row>[] parts = images.randomSplit(new double[] {0.8, 0.2}, 1);
    StringIndexer indexer = new StringIndexer().setInputCol("class").setOutputCol("label");
    IsonormClassifier classifier =
        new IsonormClassifier()
            .setNetwork("resnet-8")
            .setImageSize(16)
            .setEpochs(5)
            .setBatchSize(16);
    IndexToString names = new IndexToString().setInputCol("prediction").setOutputCol("guess");
    Pipeline pipeline = new Pipeline().setStages(new PipelineStage[] {indexer, classifier, names});
    PipelineModel model = pipeline.fit(parts[0]);
    model.write().save(saved);
    Dataset<Row> scored = PipelineModel.load(saved).transform(parts[1]);
    scored.select("class", "guess", "probability").show();
    double accuracy =
        new MulticlassClassificationEvaluator().setMetricName("accuracy").evaluate(scored);
    // README
    return accuracy;
  }
}
